//! What a feed lists as media: a file that can be fetched, or something else and why (the table of foreign feeds).

use super::address;

/// What an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A video file by a transport that Dailymotion fetches.
    Video,
    /// What its type, its medium or its extension say differs.
    Contradiction,
    /// A video by another transport.
    Transport,
    /// HLS or DASH.
    Manifest,
    /// Nothing says what it is.
    Unknown,
    Audio,
    /// A page to watch it on, or a Flash player.
    Player,
    Image,
    /// A playlist, feed, document or torrent: nothing to watch.
    Dropped,
}

impl Kind {
    /// Why the file can't be listed, and the cure; none for a video.
    pub(super) fn reason(self) -> Option<&'static str> {
        Some(match self {
            Self::Video => return None,
            Self::Contradiction => {
                "its type, its medium and its extension differ; say `type=\"video/…\"` of a video file alone"
            }
            Self::Transport => {
                "a transport not fetched by Dailymotion; use http, https, ftp, ftps or sftp"
            }
            Self::Manifest => "a manifest, not a file; give a direct link to a file",
            Self::Unknown => "nothing says that it is a video; state `type` or `medium`",
            Self::Audio => "no video; give a video file",
            Self::Player => "a player, not a file; give a direct link to a file",
            Self::Image | Self::Dropped => "no media; give a video file",
        })
    }

    /// Whether another of the same item is taken before it: lower is better.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Video => 0,
            Self::Contradiction => 1,
            Self::Transport => 2,
            Self::Manifest => 3,
            Self::Unknown => 4,
            Self::Audio => 5,
            Self::Player => 6,
            Self::Image | Self::Dropped => 7,
        }
    }
}

/// Judges by address, MIME type and `medium`, each empty where nothing is said.
pub(super) fn kind(url: &str, mime: &str, medium: &str) -> Kind {
    let mime = essence(mime);
    let extension = address::extension(url);
    let by_extension = of_extension(&extension);
    let by_type = of_type(&mime);
    let by_medium = of_medium(medium);
    let said = by_type.or(by_medium).or(by_extension);
    let said = match (said, by_extension) {
        // Whatever they are called.
        (_, Some(Kind::Manifest | Kind::Player)) => by_extension,
        (Some(Kind::Player | Kind::Dropped | Kind::Manifest), _) => said,
        _ if is_watch_page(url, by_extension) => Some(Kind::Player),
        _ if differ(by_type, by_medium)
            || differ(by_type, by_extension)
            || differ(by_medium, by_extension) =>
        {
            Some(Kind::Contradiction)
        }
        _ => said,
    };
    let fetched = address::scheme(url)
        .is_none_or(|scheme| ["http", "https", "ftp", "ftps", "sftp"].contains(&scheme.as_str()));
    match said {
        Some(kind @ (Kind::Dropped | Kind::Image)) => kind,
        _ if !fetched => Kind::Transport,
        said => said.unwrap_or(Kind::Unknown),
    }
}

/// A type in lower case, without parameters.
pub(super) fn essence(mime: &str) -> String {
    let essence = mime.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn differ(one: Option<Kind>, other: Option<Kind>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

fn of_type(mime: &str) -> Option<Kind> {
    let kind = match mime {
        "application/x-mpegurl"
        | "application/vnd.apple.mpegurl"
        | "application/mpegurl"
        | "application/dash+xml"
        | "video/vnd.mpeg.dash.mpd"
        | "application/vnd.ms-sstr+xml"
        | "application/f4m+xml" => Kind::Manifest,
        "application/x-shockwave-flash"
        | "application/vnd.adobe.flash.movie"
        | "text/html"
        | "application/xhtml+xml"
        | "video/x-youtube"
        | "video/youtube"
        | "video/vimeo" => Kind::Player,
        "audio/x-mpegurl"
        | "audio/mpegurl"
        | "audio/x-scpls"
        | "application/xspf+xml"
        | "video/x-ms-asx"
        | "application/smil"
        | "application/smil+xml"
        | "application/rss+xml"
        | "application/atom+xml"
        | "application/xml"
        | "application/pdf"
        | "application/x-bittorrent"
        | "application/zip"
        | "application/json" => Kind::Dropped,
        _ => match mime.split_once('/').map(|(family, _)| family) {
            Some("video") => Kind::Video,
            Some("audio") => Kind::Audio,
            Some("image") => Kind::Image,
            Some("text") => Kind::Dropped,
            _ => return None,
        },
    };
    Some(kind)
}

fn of_medium(medium: &str) -> Option<Kind> {
    match medium.trim().to_ascii_lowercase().as_str() {
        "video" => Some(Kind::Video),
        "audio" => Some(Kind::Audio),
        "image" => Some(Kind::Image),
        "document" | "executable" => Some(Kind::Dropped),
        _ => None,
    }
}

/// None also for containers of both, such as `ogg`.
fn of_extension(extension: &str) -> Option<Kind> {
    Some(match extension {
        "mp4" | "m4v" | "mov" | "qt" | "webm" | "mkv" | "avi" | "wmv" | "mpg" | "mpeg" | "mpe"
        | "m2v" | "ts" | "m2ts" | "mts" | "3gp" | "3g2" | "ogv" | "flv" | "f4v" | "mxf" | "vob"
        | "divx" | "dv" => Kind::Video,
        "mp3" | "m4a" | "m4b" | "aac" | "oga" | "opus" | "wav" | "flac" | "wma" | "aif"
        | "aiff" | "mid" | "amr" | "ra" => Kind::Audio,
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "bmp" | "svg" | "tif" | "tiff" | "avif"
        | "heic" | "ico" => Kind::Image,
        "m3u8" | "mpd" | "ism" | "isml" | "f4m" => Kind::Manifest,
        "swf" | "html" | "htm" | "xhtml" => Kind::Player,
        "m3u" | "pls" | "xspf" | "asx" | "wpl" | "ram" | "smil" | "rss" | "atom" | "xml"
        | "rdf" | "pdf" | "torrent" | "zip" | "txt" | "json" | "srt" | "vtt" | "doc" | "docx"
        | "epub" => Kind::Dropped,
        _ => return None,
    })
}

/// Whether the address is a page of a site that shows videos and hands out no files under such names.
fn is_watch_page(url: &str, by_extension: Option<Kind>) -> bool {
    const SITES: [&str; 8] = [
        "youtube.com",
        "youtube-nocookie.com",
        "youtu.be",
        "music.youtube.com",
        "vimeo.com",
        "player.vimeo.com",
        "dailymotion.com",
        "dai.ly",
    ];
    by_extension.is_none() && SITES.contains(&address::site(url).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_then_medium_then_extension_say_what_it_is() {
        for (url, mime, medium, expected) in [
            ("https://a.example/1", "video/mp4", "", Kind::Video),
            (
                "https://a.example/1",
                "Video/MP4; codecs=x",
                "video",
                Kind::Video,
            ),
            ("https://a.example/1", "None", "video", Kind::Video),
            (
                "https://a.example/1.mov?x",
                "application/octet-stream",
                "",
                Kind::Video,
            ),
            ("https://a.example/1.ogg", "video/ogg", "", Kind::Video),
            ("https://a.example/1", "", "", Kind::Unknown),
            ("https://a.example/1.mp3", "", "", Kind::Audio),
            ("https://a.example/1", "audio/mpeg", "", Kind::Audio),
            ("https://a.example/1.jpg", "", "", Kind::Image),
            ("https://a.example/1", "", "image", Kind::Image),
            ("1.mp4", "", "", Kind::Video),
        ] {
            assert_eq!(kind(url, mime, medium), expected, "{url} {mime} {medium}");
        }
    }

    #[test]
    fn what_differs_is_a_contradiction() {
        for (url, mime, medium) in [
            ("https://a.example/1.jpg", "video/mp4", ""),
            ("https://a.example/1.mp3", "video/mp4", ""),
            ("https://a.example/1", "audio/mpeg", "video"),
            ("https://a.example/1.mp4", "audio/mpeg", ""),
            ("https://a.example/1.jpg", "", "video"),
        ] {
            assert_eq!(
                kind(url, mime, medium),
                Kind::Contradiction,
                "{url} {mime} {medium}"
            );
        }
    }

    #[test]
    fn players_manifests_and_transports_are_no_files() {
        for (url, mime, medium, expected) in [
            (
                "https://a.example/1.m3u8",
                "application/x-mpegURL",
                "video",
                Kind::Manifest,
            ),
            (
                "https://a.example/1.mpd",
                "video/mp4",
                "video",
                Kind::Manifest,
            ),
            (
                "https://a.example/1",
                "application/dash+xml",
                "",
                Kind::Manifest,
            ),
            (
                "https://www.youtube.com/v/x?version=3",
                "application/x-shockwave-flash",
                "",
                Kind::Player,
            ),
            ("https://youtu.be/x", "", "video", Kind::Player),
            ("https://vimeo.com/1", "video/mp4", "video", Kind::Player),
            (
                "https://player.vimeo.com/external/1.hd.mp4?s=1",
                "video/mp4",
                "",
                Kind::Video,
            ),
            ("https://a.example/1", "text/html", "video", Kind::Player),
            ("https://a.example/1.swf", "", "", Kind::Player),
        ] {
            assert_eq!(kind(url, mime, medium), expected, "{url} {mime} {medium}");
        }
    }

    #[test]
    fn other_transports_are_told_and_what_is_no_media_is_dropped() {
        for (url, mime, medium, expected) in [
            ("rtsp://a.example/1.mp4", "video/mp4", "", Kind::Transport),
            ("magnet:?xt=1", "video/mp4", "", Kind::Transport),
            ("ipfs://x/1.mp4", "", "", Kind::Transport),
            ("mms://a.example/1", "", "", Kind::Transport),
            (
                "https://a.example/1.m3u",
                "audio/x-mpegurl",
                "",
                Kind::Dropped,
            ),
            (
                "https://a.example/1.torrent",
                "application/x-bittorrent",
                "",
                Kind::Dropped,
            ),
            ("https://a.example/1.pdf", "", "", Kind::Dropped),
            (
                "https://a.example/feed.rss",
                "application/rss+xml",
                "",
                Kind::Dropped,
            ),
        ] {
            assert_eq!(kind(url, mime, medium), expected, "{url} {mime} {medium}");
        }
    }
}
