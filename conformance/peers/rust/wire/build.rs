//! Generates the messages and enums of `proto/` at the root of the repository, without `protoc`.

use std::{error::Error, fs, path::Path};

const ROOT: &str = "../../../../proto";

/// Carry the method table as options, which prost does not keep.
const TABLE: [&str; 2] = ["methods.proto", "options.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={ROOT}");
    let mut files = Vec::new();
    for folder in ["qpc/v1", "qpc/client/v1"] {
        for entry in fs::read_dir(Path::new(ROOT).join(folder))? {
            let name = entry?.file_name().into_string().map_err(|_| "file name is not UTF-8")?;
            if name.ends_with(".proto") && !TABLE.contains(&name.as_str()) {
                files.push(format!("{folder}/{name}"));
            }
        }
    }
    files.sort();
    prost_build::Config::new()
        .include_file("messages.rs")
        .compile_fds(protox::compile(files, [ROOT])?)?;
    Ok(())
}
