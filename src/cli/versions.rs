//! `versions`: which versions are to blame, where failures concentrate, and what to update to.

use super::args::{Global, VersionsArgs};
use super::exit::{DONE, Failure};
use super::output::Output;
use crate::report::versions;
use crate::stats::blame::counts;
use crate::stats::blame::judged::{Judged, judge};

/// Greatest table of counts.
const COUNTS_BYTES_MAX: u64 = 1 << 30;

/// Runs the command.
pub fn run(_: &Global, args: &VersionsArgs) -> Result<u8, Failure> {
    let shown = args.from_counts.display();
    let size = std::fs::metadata(&args.from_counts).map_err(|e| Failure::usage(format!("{shown}: cannot read the counts: {e}")))?.len();
    if size > COUNTS_BYTES_MAX {
        return Err(Failure::usage(format!("{shown}: the counts are larger than {COUNTS_BYTES_MAX} bytes")));
    }
    let text = std::fs::read(&args.from_counts).map_err(|e| Failure::usage(format!("{shown}: cannot read the counts: {e}")))?;
    let families = counts::read(&text).map_err(|e| Failure::usage(format!("{shown}:{e}")))?;
    let judged: Vec<Judged> = families.iter().map(judge).collect();
    Output::open(args.output.as_deref())?.write_all(&versions::render(&judged))?;
    Ok(DONE)
}
