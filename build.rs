//! Writes the built-in profiles as JSON: every run reads all of them first, and of its start with a small log TOML was a fourth.

use std::path::{Path, PathBuf};
use std::{env, fs};

const PROFILES: &str = "src/profile/builtin";

fn main() {
    println!("cargo::rerun-if-changed={PROFILES}");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let files = fs::read_dir(PROFILES).unwrap_or_else(|error| panic!("{PROFILES}: {error}"));
    for path in files.map(|file| file.expect("a folder that can be listed").path()) {
        if path.extension().is_some_and(|ending| ending == "toml") {
            let json = read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let into = out.join(path.file_name().expect("it has an ending")).with_extension("json");
            fs::write(&into, json).unwrap_or_else(|error| panic!("{}: {error}", into.display()));
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let value: serde_json::Value = toml::from_str(&text).map_err(|error| error.to_string())?;
    Ok(value.to_string())
}
