//! The one schema of rows, as engines want it said.

use super::encode::STORE_COLUMNS;
use crate::event::{COLUMNS, Type};
use crate::taxonomy::words;
use serde::Serialize;

/// Version of the schema: raised where a column changes its name, type or meaning; new columns at the end leave it.
pub const VERSION: u32 = 1;

words! {
    /// A way to say it.
    #[derive(Default)]
    Dialect {
        /// JSON: version, and each column with name, type and meaning.
        #[default]
        Json = "json",
        /// A list of columns as Spark takes it.
        SparkDdl = "spark-ddl",
        /// A list of columns as ClickHouse takes it in `input_format` structures.
        ClickHouse = "clickhouse",
        /// A list of columns as DuckDB takes it in `CREATE TABLE`.
        DuckDb = "duckdb",
    }
}

impl Dialect {
    /// A type in it.
    const fn name_of(self, kind: Type) -> &'static str {
        match (self, kind) {
            (Dialect::Json | Dialect::SparkDdl, Type::Str) => "string",
            (Dialect::Json, Type::Int64) => "int64",
            (Dialect::Json, Type::Int32) => "int32",
            (Dialect::Json, Type::Bool) => "bool",
            (Dialect::Json, Type::Timestamp) => "timestamp[us, UTC]",
            (Dialect::Json, Type::StrList) => "list<string>",
            (Dialect::Json, Type::EvidenceList) => "list<struct<file: string, line: int64, offset: int64, role: string, text: string>>",
            (Dialect::Json, Type::StepList) => "list<struct<phase: string, at: timestamp[us, UTC], line: int64>>",
            (Dialect::Json, Type::NearList) => "list<struct<file: string, line: int64, before_ms: int64, tag: string, text: string>>",
            (Dialect::SparkDdl, Type::Int64) => "bigint",
            (Dialect::SparkDdl, Type::Int32) => "int",
            (Dialect::SparkDdl, Type::Bool) => "boolean",
            (Dialect::SparkDdl, Type::Timestamp) => "timestamp",
            (Dialect::SparkDdl, Type::StrList) => "array<string>",
            (Dialect::SparkDdl, Type::EvidenceList) => {
                "array<struct<`file`: string, `line`: bigint, `offset`: bigint, `role`: string, `text`: string>>"
            }
            (Dialect::SparkDdl, Type::StepList) => "array<struct<`phase`: string, `at`: timestamp, `line`: bigint>>",
            (Dialect::SparkDdl, Type::NearList) => {
                "array<struct<`file`: string, `line`: bigint, `before_ms`: bigint, `tag`: string, `text`: string>>"
            }
            (Dialect::ClickHouse, Type::Str) => "Nullable(String)",
            (Dialect::ClickHouse, Type::Int64) => "Nullable(Int64)",
            (Dialect::ClickHouse, Type::Int32) => "Nullable(Int32)",
            (Dialect::ClickHouse, Type::Bool) => "Nullable(Bool)",
            (Dialect::ClickHouse, Type::Timestamp) => "Nullable(DateTime64(6, 'UTC'))",
            // ClickHouse has no absent lists: they are empty there.
            (Dialect::ClickHouse, Type::StrList) => "Array(Nullable(String))",
            (Dialect::ClickHouse, Type::EvidenceList) => {
                "Array(Tuple(file Nullable(String), line Nullable(Int64), offset Nullable(Int64), role Nullable(String), text Nullable(String)))"
            }
            (Dialect::ClickHouse, Type::StepList) => {
                "Array(Tuple(phase Nullable(String), at Nullable(DateTime64(6, 'UTC')), line Nullable(Int64)))"
            }
            (Dialect::ClickHouse, Type::NearList) => {
                "Array(Tuple(file Nullable(String), line Nullable(Int64), before_ms Nullable(Int64), tag Nullable(String), text Nullable(String)))"
            }
            (Dialect::DuckDb, Type::Str) => "VARCHAR",
            (Dialect::DuckDb, Type::Int64) => "BIGINT",
            (Dialect::DuckDb, Type::Int32) => "INTEGER",
            (Dialect::DuckDb, Type::Bool) => "BOOLEAN",
            (Dialect::DuckDb, Type::Timestamp) => "TIMESTAMPTZ",
            (Dialect::DuckDb, Type::StrList) => "VARCHAR[]",
            (Dialect::DuckDb, Type::EvidenceList) => {
                "STRUCT(\"file\" VARCHAR, \"line\" BIGINT, \"offset\" BIGINT, \"role\" VARCHAR, \"text\" VARCHAR)[]"
            }
            (Dialect::DuckDb, Type::StepList) => "STRUCT(\"phase\" VARCHAR, \"at\" TIMESTAMPTZ, \"line\" BIGINT)[]",
            (Dialect::DuckDb, Type::NearList) => {
                "STRUCT(\"file\" VARCHAR, \"line\" BIGINT, \"before_ms\" BIGINT, \"tag\" VARCHAR, \"text\" VARCHAR)[]"
            }
        }
    }

    /// The schema in it, with the columns of a job that fills a store where that is asked for.
    ///
    /// # Panics
    /// Never: plain data always serialises.
    #[must_use]
    pub fn say(self, for_store: bool) -> String {
        let own = COLUMNS.iter().map(|column| Said { name: column.name, kind: self.name_of(column.kind), meaning: column.doc });
        let more = STORE_COLUMNS.iter().map(|(name, meaning)| Said { name, kind: self.name_of(Type::Str), meaning });
        let columns: Vec<Said> = own.chain(more.filter(|_| for_store)).collect();
        let quoted = |quote: char| {
            let column = |c: &Said| format!("{quote}{}{quote} {}", c.name, c.kind);
            columns.iter().map(column).collect::<Vec<_>>().join(",\n") + "\n"
        };
        match self {
            Dialect::Json => {
                let schema = Printed { schema: format!("whyunsent.rows/{VERSION}"), version: VERSION, columns };
                serde_json::to_string_pretty(&schema).expect("plain data always serialises") + "\n"
            }
            Dialect::SparkDdl | Dialect::ClickHouse => quoted('`'),
            Dialect::DuckDb => quoted('"'),
        }
    }
}

#[derive(Serialize)]
struct Printed {
    schema: String,
    version: u32,
    columns: Vec<Said>,
}

#[derive(Serialize)]
struct Said {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    meaning: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::encode::names;

    #[test]
    fn every_dialect_names_every_column_once_and_in_order() {
        for dialect in Dialect::ALL.iter().copied() {
            for for_store in [false, true] {
                let said = dialect.say(for_store);
                let places: Vec<usize> = names(for_store)
                    .into_iter()
                    .map(|name| {
                        let column = match dialect {
                            Dialect::Json => format!("\"name\": \"{name}\""),
                            Dialect::DuckDb => format!("\n\"{name}\" "),
                            Dialect::SparkDdl | Dialect::ClickHouse => format!("\n`{name}` "),
                        };
                        format!("\n{said}").find(&column).unwrap_or_else(|| panic!("{dialect} lacks {name}"))
                    })
                    .collect();
                assert!(places.is_sorted(), "{dialect}");
            }
        }
    }
}
