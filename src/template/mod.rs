//! Lines -> templates: what comes in are lines of any program, what goes out is [`Templates`], the kinds of message among
//! them, each with its constant words and `<*>` for what varies.
//!
//! Step by step: `mask` turns a line into its signature, [`Clusters`] count each signature once; of these, `shape` makes
//! one variable of neighbouring ones, `family` finds words that vary between signatures, `text` prints what is left.
//! Only the first two see every line. Nothing depends on the order of lines or on how they were split between clusters.

mod family;
mod level;
mod lex;
mod mask;
mod shape;
mod signature;
mod slot;
mod templates;
mod text;
mod value;

pub use level::Level;
pub use mask::{LINE_MAX_BYTES, SIGNATURE_MAX_BYTES};
pub use signature::{Clusters, SIGNATURES_MAX};
pub use slot::{Moves, Slot};
pub use templates::{Template, TemplateId, Templates};
pub use text::VARIABLE_TEXT;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn templates(lines: &[impl AsRef<[u8]>]) -> (Templates, Vec<Slot>) {
        let mut clusters = Clusters::new();
        let slots = lines.iter().map(|line| clusters.add(line)).collect();
        (clusters.finish(), slots)
    }

    fn check(lines: &[&str], expected: &[(&str, u64)]) {
        let (templates, _) = templates(lines);
        let found: Vec<(&str, u64)> = templates.all().iter().map(|template| (template.text.as_str(), template.lines)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn two_lines_that_differ_in_a_number_are_one_template() {
        check(&["sent 5 of 7", "sent 6 of 7"], &[("sent <*> of <*>", 2)]);
    }

    #[test]
    fn two_lines_that_differ_in_a_word_are_two() {
        check(&["connection opened", "connection opened", "connection closed"], &[("connection opened", 2), ("connection closed", 1)]);
    }

    #[test]
    fn a_blank_line_has_a_template_without_words() {
        check(&["", "  "], &[("", 2)]);
    }

    #[test]
    fn scripts_without_spaces_have_templates_too() {
        check(&["用户123登录失败：超时", "用户45登录失败：超时"], &[("用户<*>登录失败：超时", 2)]);
    }

    #[test]
    fn an_id_is_sixteen_hex_digits_and_never_changes() {
        let (templates, slots) = templates(&["sent 5 of 7"]);
        assert_eq!(templates.of(slots[0]).id.to_string(), "1738d991cbb21195");
    }

    #[test]
    fn lines_beyond_a_limit_are_counted() {
        let long = "word ".repeat(1000);
        let (templates, _) = templates(&[long.as_str(), "short"]);
        assert_eq!((templates.cut_lines(), templates.level()), (1, None));
        let mut clusters = Clusters::with_max(3);
        for line in ["a b c", "a b d", "a b e", "f", "g h"] {
            clusters.add(line);
        }
        let templates = clusters.finish();
        assert_eq!((templates.cut_lines(), templates.level()), (3, Some(Level { tokens: 2, signatures: 0 })));
    }

    /// Lines in which words, values and marks meet in many ways, and lines of a few messages with names in them.
    fn lines() -> impl Strategy<Value = Vec<String>> {
        let word = "user|host|sent|to|of|GET|PUT|[a-e]|true|ms|KB|a::b|名";
        let value = "[0-9]{1,3}|/v[ar]/x|a\\.b\\.c|10:0[0-9]:00|0x[0-9a-f]{2}|Mon Jan 5|h:80|10\\.0\\.0\\.1:80|ff|h\\(1\\)";
        let mark = "=|,|:|\\(|\\)|\\{|\\}|<|>|\"|#|-";
        let part = prop_oneof![5 => word, 3 => value, 2 => mark];
        let any_line =
            prop::collection::vec((part, "| |  "), 0..7).prop_map(|parts| parts.into_iter().map(|(part, space)| part + &space).collect());
        let name = "[a-h]|[A-C]|[1-3]|h\\([1-3]\\)|[1-2] ms";
        let message = ("open|close", name, name, 0..4).prop_map(|(verb, one, other, kind)| match kind {
            0 => format!("{verb} the door of {one} for {other}"),
            1 => format!("{one} sent {verb} to all, {other}"),
            2 => format!("{verb} {one} {other}"),
            _ => format!("the {verb} of {one} was {{x={other} y={one}}}"),
        });
        prop::collection::vec(prop_oneof![any_line, message], 1..80)
    }

    /// Cases of each property: with some dozens of lines in each, a second or two.
    const CASES: u32 = 64;

    /// Of each line, its template.
    fn assigned(lines: &[String], max: usize) -> (Templates, Vec<Template>) {
        let mut clusters = Clusters::with_max(max);
        let slots: Vec<Slot> = lines.iter().map(|line| clusters.add(line)).collect();
        let templates = clusters.finish();
        let of = slots.iter().map(|slot| templates.of(*slot).clone()).collect();
        (templates, of)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(CASES))]

        #[test]
        fn the_order_of_lines_does_not_matter(
            (lines, order) in lines().prop_flat_map(|lines| (Just(lines.clone()), Just((0..lines.len()).collect::<Vec<_>>()).prop_shuffle())),
            max in prop_oneof![Just(SIGNATURES_MAX), 2..60_usize],
        ) {
            let (all, of) = assigned(&lines, max);
            let shuffled: Vec<String> = order.iter().map(|at| lines[*at].clone()).collect();
            let (other_all, other_of) = assigned(&shuffled, max);
            prop_assert_eq!(all.all(), other_all.all());
            prop_assert_eq!((all.cut_lines(), all.level()), (other_all.cut_lines(), other_all.level()));
            for (at, other) in order.iter().zip(&other_of) {
                prop_assert_eq!(&of[*at], other);
            }
        }

        #[test]
        fn it_does_not_matter_how_lines_are_split_and_merged(
            lines in lines(),
            shards in prop::collection::vec(0..8_usize, 80),
            order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(),
            max in prop_oneof![Just(SIGNATURES_MAX), 2..60_usize],
        ) {
            let (all, of) = assigned(&lines, max);
            let mut parts: Vec<Option<Clusters>> = (0..8).map(|_| Some(Clusters::with_max(max))).collect();
            let mut slots: Vec<Slot> = lines.iter().zip(&shards).map(|(line, shard)| parts[*shard].as_mut().unwrap().add(line)).collect();
            let mut merged = parts[order[0]].take().unwrap();
            for shard in &order[1..] {
                let moves = merged.merge(parts[*shard].take().unwrap());
                for (slot, _) in slots.iter_mut().zip(&shards).filter(|(_, of)| *of == shard) {
                    *slot = moves.slot(*slot);
                }
            }
            let templates = merged.finish();
            prop_assert_eq!(all.all(), templates.all());
            for (slot, of) in slots.iter().zip(&of) {
                prop_assert_eq!(templates.of(*slot), of);
            }
        }

        #[test]
        fn each_line_has_one_template_and_counts_add_up(lines in lines()) {
            let (all, of) = assigned(&lines, SIGNATURES_MAX);
            prop_assert_eq!(all.all().iter().map(|template| template.lines).sum::<u64>(), lines.len() as u64);
            for template in all.all() {
                prop_assert_eq!(of.iter().filter(|of| of.id == template.id).count() as u64, template.lines);
                prop_assert_eq!(all.all().iter().filter(|other| other.id == template.id).count(), 1);
            }
        }

        #[test]
        fn equal_ids_mean_equal_words(lines in lines(), others in lines()) {
            let (one, other) = (templates(&lines).0, templates(&others).0);
            // Without spaces, and with neighbouring variables as one.
            let words = |text: &str| {
                let mut text: String = text.split_whitespace().collect();
                for list in ["<*><*>", "<*>,<*>", "<*>-<*>", "<*>|<*>"] {
                    while text.contains(list) {
                        text = text.replace(list, VARIABLE_TEXT);
                    }
                }
                text
            };
            for one in one.all() {
                for other in other.all().iter().filter(|other| other.id == one.id) {
                    prop_assert_eq!(words(&one.text), words(&other.text));
                }
            }
        }

        #[test]
        fn any_bytes_have_a_template(
            lines in prop::collection::vec(prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b" =:<>\"'./\\-#?0fZ("[..])], 0..80), 0..40),
        ) {
            let (templates, slots) = templates(&lines);
            prop_assert_eq!(slots.iter().filter(|slot| templates.of(**slot).lines > 0).count(), lines.len());
        }
    }
}
