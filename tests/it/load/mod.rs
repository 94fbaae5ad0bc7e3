//! More than the daemon can take: connections, requests, files, a machine that is busy or has another time. What it
//! can do it goes on doing.

mod clock;
mod floods;
mod overload;
mod repeats;
mod stopping;
