//! Secrets in the documented shapes of their kinds, planted in logs of many forms, and the search for them in what a
//! program says.

pub mod check;
pub mod encode;
pub mod hunt;
pub mod kind;
pub mod logs;
pub mod machine;
pub mod person;
pub mod place;
pub mod planter;
pub mod random;
pub mod shape;
pub mod uploads;
pub mod view;
