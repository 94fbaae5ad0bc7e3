//! Import of a foreign feed, from the first byte to the last row in the catalog: bytes by the clock, and memory.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use crate::{
    harness::databases::Kind,
    support::{
        import::{Import, import},
        site::Site,
        table::{Against, Line, print},
    },
};

const MEGABYTE: f64 = 1_000_000.0;
const MEBIBYTE: f64 = 1024.0 * 1024.0;
/// Items of the smaller and of the larger feed, some 25 and 100 MB.
const ITEMS: [usize; 2] = [15_000, 60_000];
/// The least megabytes a second.
const RATE: f64 = 20.0;
/// The most that the larger feed may take of the smaller one's memory.
const GROWTH: f64 = 1.25;

pub(crate) async fn measure() {
    let mut lines = Vec::new();
    let mut peaks = Vec::new();
    for items in ITEMS {
        let folder = tempfile::tempdir().unwrap();
        let feed = folder.path().join("feed.xml");
        let size = write_feed(&feed, items).unwrap() / MEGABYTE;
        for plan in [true, false] {
            let site = Site::new(Kind::Sqlite, 0, "").await;
            let mut more = vec!["--default", "made_for_kids=no"];
            more.extend(plan.then_some("--plan"));
            let Import { seconds, peak } = import(&site, &feed, &more).await;
            let what = if plan { "planned" } else { "imported" };
            let figure = size / seconds;
            lines.push(Line {
                name: format!("feed of {size:.0} MB, {items} items, {what}"),
                unit: "MB/s",
                figure,
                against: Against::Limit {
                    limit: RATE,
                    share: figure / RATE,
                    bar: Some(1.0),
                },
            });
            peaks.push(peak / MEBIBYTE);
        }
    }
    for (what, [small, large]) in [
        ("planned", [peaks[0], peaks[2]]),
        ("imported", [peaks[1], peaks[3]]),
    ] {
        lines.push(Line {
            name: format!("peak memory of the larger feed, {what}"),
            unit: "MiB",
            figure: large,
            against: Against::AtMost(small * GROWTH),
        });
    }
    print("import of a feed; limit: what is promised", &lines);
}

/// Writes a feed as networks have them: two renditions a video, HTML and plain descriptions; gives its bytes.
fn write_feed(path: &Path, items: usize) -> std::io::Result<f64> {
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(
        b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:dcterms=\"http://purl.org/dc/terms/\">\n<channel>\n<title>Speed</title>\n",
    )?;
    for number in 0..items {
        write_item(&mut out, number)?;
    }
    out.write_all(b"</channel>\n</rss>\n")?;
    let file = out.into_inner()?;
    let bytes = u32::try_from(file.metadata()?.len()).expect("the feed has some 100 MB");
    Ok(f64::from(bytes))
}

fn write_item(out: &mut impl Write, number: usize) -> std::io::Result<()> {
    let (minute, second) = (number / 60 % 60, number % 60);
    write!(
        out,
        "<item>
<title>Épisode {number} – Paper boats &amp; other &lt;small&gt; ships</title>
<link>https://www.example.com/episodes/{number}</link>
<guid isPermaLink=\"false\">clip-{number}</guid>
<pubDate>Tue, 01 Sep 2026 09:{minute:02}:{second:02} +0200</pubDate>
<description><![CDATA[<p>{PROSE}</p><p>Watch it on <a href=\"https://www.example.com/{number}\">our site</a>.</p>]]></description>
<dcterms:valid>start=2026-09-01T09:00:00Z; scheme=W3C-DTF</dcterms:valid>
<media:group>
<media:content url=\"https://media.example.com/masters/2026/{number}/720.mp4\" type=\"video/mp4\" medium=\"video\" width=\"1280\" height=\"720\" duration=\"754\" fileSize=\"334003200\"/>
<media:content url=\"https://media.example.com/masters/2026/{number}/1080.mp4\" type=\"video/mp4\" medium=\"video\" width=\"1920\" height=\"1080\" duration=\"754\" fileSize=\"734003200\"/>
<media:thumbnail url=\"https://media.example.com/thumbs/{number}/poster.jpg\" width=\"1920\" height=\"1080\"/>
<media:category>travel</media:category>
<media:keywords>boats, paper, rivers, how-to</media:keywords>
</media:group>
</item>
"
    )
}

const PROSE: &str = "Every summer the children of the upper valley fold several hundred boats from old newspapers, number \
    them, and let them go at the bridge. This episode follows boat 217 from the first fold to the weir: who made it, what was \
    printed on it, &amp; where it was found. With a guest who has folded for forty years, and a simple trick for a hull that \
    stays dry longer than you think. Camera: J. Weiß. Music: “Petite rivière”.";
