//! The page in a real browser: with NN_CHROMIUM set to the program, Chromium lays it out without a window.
//!
//! `NN_CHROMIUM=chromium cargo test -p nn-runtime --lib browser`; with NN_PAGES set to a folder, pictures of the page are left there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::string::String;

use super::tests::{examined, inspection, report};
use super::{Page, html};

/// Only the copy that the browser is given has a script: it says in the title of the page what was laid out.
const PROBE: &str = "<script>addEventListener('load', () => {
    const all = [...document.querySelectorAll('section, figure, table, svg, img')];
    const broken = [...document.images].filter(image => !image.naturalWidth).length;
    const empty = all.filter(one => one.getClientRects().length && !one.getBoundingClientRect().height).length;
    const wide = document.documentElement.scrollWidth > innerWidth;
    const outside = performance.getEntriesByType('resource').filter(one => !one.name.startsWith('data:')).length;
    const bad = [...document.querySelectorAll('path')].filter(path => /NaN|inf/i.test(path.getAttribute('d'))).length;
    const back = getComputedStyle(document.body).backgroundColor;
    document.title = JSON.stringify({sections: document.querySelectorAll('section').length, scripts: document.scripts.length,
        broken, empty, wide, outside, bad, back});
});</script>";

fn chromium(program: &OsString, width: usize, dark: bool, further: &[String], page: &Path) -> String {
    let mut command = Command::new(program);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]);
    command.arg(std::format!("--window-size={width},2400"));
    if dark {
        command.arg("--blink-settings=preferredColorScheme=0");
    }
    let done = command.args(further).arg(std::format!("file://{}", page.display())).output().expect("Chromium runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

#[test]
fn chromium_lays_the_page_out() {
    let Some(program) = std::env::var_os("NN_CHROMIUM") else {
        std::println!("skipped: set NN_CHROMIUM to the program of Chromium");
        return;
    };
    let (report, examined, seen) = (report(), examined(), inspection());
    let page = html(&Page { report: &report, examined: Some(&examined), inspection: Some(&seen), graph: None });
    let folder = std::env::temp_dir().join(std::format!("nn-page-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path: PathBuf = folder.join("report.html");
    std::fs::write(&path, page.replace("</head>", &(String::from(PROBE) + "</head>"))).expect("a file");
    for (width, dark, back) in
        [(1200, false, "rgb(255, 255, 255)"), (1200, true, "rgb(13, 17, 23)"), (500, false, "rgb(255, 255, 255)")]
    {
        let dom = chromium(&program, width, dark, &["--dump-dom".into()], &path);
        let title = dom.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).expect("a title");
        let said: serde_json::Value = serde_json::from_str(&title.replace("&quot;", "\"")).expect("the probe has run");
        assert_eq!(said["scripts"], 1, "the only script is the probe: {said}");
        assert!(said["sections"].as_u64().is_some_and(|count| count >= 9), "{said}");
        for fault in ["broken", "empty", "outside", "bad"] {
            assert_eq!(said[fault], 0, "{fault} at {width}: {said}");
        }
        assert_eq!((&said["wide"], &said["back"]), (&false.into(), &back.into()), "at {width}: {said}");
        if let Some(pages) = std::env::var_os("NN_PAGES") {
            let picture = Path::new(&pages).join(std::format!("page-{width}{}.png", if dark { "-dark" } else { "" }));
            chromium(&program, width, dark, &[std::format!("--screenshot={}", picture.display())], &path);
        }
    }
    std::fs::remove_dir_all(&folder).expect("it is ours");
}
