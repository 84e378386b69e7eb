//! What an upload states of its device -> maker, model without maker, class.
//!
//! Clients spell one phone in many ways: `samsung SM-A546B`, `Samsung` and `SM-A546B`, `SM-A546B` alone. Rates
//! by device add up only if the three are one device, so makers have one spelling here, and a family of models
//! brings the maker that nobody named.

use std::cell::RefCell;

/// A device as rows name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// `device.manufacturer`, as `Build.MANUFACTURER` spells it on most of its devices.
    pub manufacturer: Option<String>,
    /// `device.model.identifier`, without the maker.
    pub model: Option<String>,
    /// `phone`, `tablet`, `desktop` or `emulator`; none where the model does not say.
    pub class: Option<String>,
}

/// Makers in one spelling each. Source: `Build.MANUFACTURER` of their devices in Google's list of supported
/// devices (<https://support.google.com/googleplay/answer/1727131>).
const MAKERS: &[&str] = &[
    "Amazon",
    "Apple",
    "asus",
    "Blackview",
    "bq",
    "Fairphone",
    "Genymotion",
    "Google",
    "HMD Global",
    "HONOR",
    "HTC",
    "HUAWEI",
    "INFINIX",
    "itel",
    "LENOVO",
    "LGE",
    "Meizu",
    "Microsoft",
    "motorola",
    "Nokia",
    "Nothing",
    "nubia",
    "OnePlus",
    "OPPO",
    "realme",
    "samsung",
    "SHARP",
    "Sony",
    "TCL",
    "TECNO",
    "vivo",
    "Xiaomi",
    "ZTE",
];

/// Other spellings of a maker, lower-cased.
const ALIASES: &[(&str, &str)] = &[
    ("apple inc.", "Apple"),
    ("infinix mobility limited", "INFINIX"),
    ("lg", "LGE"),
    ("lg electronics", "LGE"),
    ("samsung electronics", "samsung"),
    ("sony mobile", "Sony"),
    ("tecno mobile limited", "TECNO"),
];

/// Families of models by how their identifier begins: maker, class. The longest beginning that fits decides;
/// a class is given only where a whole family shares it.
///
/// Sources: Google's list of supported devices, as above; Apple's identifiers are the machine names of `uname`
/// (`iPhone16,1`); `KF…` from Amazon's "Device identifiers for Fire tablets".
const FAMILIES: &[(&str, &str, &str)] = &[
    ("iPhone", "Apple", "phone"),
    ("iPad", "Apple", "tablet"),
    ("iPod", "Apple", ""),
    ("iMac", "Apple", "desktop"),
    ("Mac", "Apple", "desktop"),
    ("SM-", "samsung", ""),
    ("SM-A", "samsung", "phone"),
    ("SM-E", "samsung", "phone"),
    ("SM-F", "samsung", "phone"),
    ("SM-G", "samsung", "phone"),
    ("SM-J", "samsung", "phone"),
    ("SM-M", "samsung", "phone"),
    ("SM-N", "samsung", "phone"),
    ("SM-P", "samsung", "tablet"),
    ("SM-S", "samsung", "phone"),
    ("SM-T", "samsung", "tablet"),
    ("SM-X", "samsung", "tablet"),
    ("Galaxy Tab", "samsung", "tablet"),
    ("Pixel", "Google", "phone"),
    ("Pixel C", "Google", "tablet"),
    ("Pixel Tablet", "Google", "tablet"),
    ("Nexus", "", ""),
    ("Redmi", "Xiaomi", "phone"),
    ("Redmi Pad", "Xiaomi", "tablet"),
    ("POCO", "Xiaomi", "phone"),
    ("POCO Pad", "Xiaomi", "tablet"),
    ("Mi Pad", "Xiaomi", "tablet"),
    ("MI PAD", "Xiaomi", "tablet"),
    ("Xiaomi Pad", "Xiaomi", "tablet"),
    ("moto ", "motorola", "phone"),
    ("ONEPLUS", "OnePlus", "phone"),
    ("Lenovo TB", "LENOVO", "tablet"),
    ("Lenovo YT", "LENOVO", "tablet"),
    ("TB-", "LENOVO", "tablet"),
    ("MatePad", "HUAWEI", "tablet"),
    ("MediaPad", "HUAWEI", "tablet"),
    ("KF", "Amazon", "tablet"),
    ("FP1", "Fairphone", "phone"),
    ("FP2", "Fairphone", "phone"),
    ("FP3", "Fairphone", "phone"),
    ("FP4", "Fairphone", "phone"),
    ("FP5", "Fairphone", "phone"),
    ("FP6", "Fairphone", "phone"),
];

/// What a model or maker holds, lower-cased, if it is no hardware. Sources: the emulator's system images
/// (`sdk_gphone64_x86_64`, `Android SDK built for x86`), Genymotion and VirtualBox images (`vbox86p`); Apple's
/// simulators state the machine of the Mac (`x86_64`, `arm64`).
const EMULATORS: &[&str] = &[
    "sdk_gphone",
    "sdk_phone",
    "google_sdk",
    "android sdk built for",
    "emulator",
    "genymotion",
    "vbox86",
    "simulator",
    "goldfish",
    "ranchu",
];

/// Machines that only a simulator states as model.
const SIMULATED: &[&str] = &["x86_64", "i386", "arm64"];

/// Systems of desktop computers.
const DESKTOPS: &[&str] = &["windows", "macos", "linux", "darwin", "mac os x", "win32"];

/// What is stated of a device: maker, model, class, system.
type Stated = [Option<String>; 4];

thread_local! {
    /// What this thread read last: messages that follow each other are of one device.
    static LAST: RefCell<(Stated, Device)> = RefCell::default();
}

impl Device {
    /// The device that the stated maker, model, class and system describe.
    #[must_use]
    pub fn read(maker: Option<&str>, model: Option<&str>, class: Option<&str>, os: Option<&str>) -> Self {
        let stated = [maker, model, class, os];
        LAST.with_borrow_mut(|(last, device)| {
            if !last.iter().map(Option::as_deref).eq(stated) {
                *device = Self::described(stated);
                *last = stated.map(|text| text.map(str::to_owned));
            }
            device.clone()
        })
    }

    fn described([maker, model, class, os]: [Option<&str>; 4]) -> Self {
        let mut model = model.map(str::trim).filter(|m| !m.is_empty());
        let mut manufacturer = maker.map(|m| spelling(m).map_or_else(|| m.to_owned(), str::to_owned));
        let family = model.and_then(|m| family(m).or_else(|| family(split(m, maker)?.1)));
        if let Some((head, rest)) = model.and_then(|m| split(m, maker)) {
            manufacturer = manufacturer.or_else(|| spelling(head).map(str::to_owned));
            model = Some(rest);
        }
        let of_family = family.map(|f| f.1).filter(|m| !m.is_empty());
        let manufacturer = manufacturer.or_else(|| of_family.map(str::to_owned));
        let class = class.map(str::to_lowercase).or_else(|| {
            let lower = [manufacturer.as_deref(), model].map(|t| t.unwrap_or_default().to_lowercase());
            let emulated = EMULATORS.iter().any(|e| lower.iter().any(|t| t.contains(e))) || SIMULATED.contains(&lower[1].as_str());
            let desktop = os.is_some_and(|os| DESKTOPS.contains(&os.to_lowercase().as_str()));
            let told = family.map(|f| f.2).filter(|c| !c.is_empty());
            if emulated { Some("emulator") } else { told.or(desktop.then_some("desktop")) }.map(str::to_owned)
        });
        Self { manufacturer, model: model.map(str::to_owned), class }
    }
}

/// The one spelling of a maker.
fn spelling(maker: &str) -> Option<&'static str> {
    let maker = maker.trim();
    let alias = ALIASES.iter().find(|(other, _)| maker.eq_ignore_ascii_case(other)).map(|(_, known)| *known);
    alias.or_else(|| MAKERS.iter().copied().find(|known| maker.eq_ignore_ascii_case(known)))
}

/// Maker and model of `samsung SM-A546B`: the stated maker or a known one, then a blank.
fn split<'t>(model: &'t str, maker: Option<&str>) -> Option<(&'t str, &'t str)> {
    maker.into_iter().chain(MAKERS.iter().copied()).find_map(|maker| {
        let (head, rest) = (model.get(..maker.len())?, model.get(maker.len()..)?);
        (head.eq_ignore_ascii_case(maker) && rest.starts_with(' ') && !rest.trim().is_empty()).then_some((head, rest.trim()))
    })
}

/// The family of a model: the longest beginning.
fn family(model: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    FAMILIES.iter().filter(|(beginning, ..)| model.starts_with(beginning)).max_by_key(|(beginning, ..)| beginning.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(maker: &str, model: &str, os: &str) -> (String, String, String) {
        let some = |t: &'_ str| (!t.is_empty()).then(|| t.to_owned());
        let device = Device::read(some(maker).as_deref(), some(model).as_deref(), None, some(os).as_deref());
        let text = |t: Option<String>| t.unwrap_or_default();
        (text(device.manufacturer), text(device.model), text(device.class))
    }

    fn owned(maker: &str, model: &str, class: &str) -> (String, String, String) {
        (maker.to_owned(), model.to_owned(), class.to_owned())
    }

    #[test]
    fn one_phone_in_three_spellings_is_one_device() {
        let expected = owned("samsung", "SM-A546B", "phone");
        assert_eq!(read("", "samsung SM-A546B", "android"), expected);
        assert_eq!(read("Samsung", "SM-A546B", "android"), expected);
        assert_eq!(read("", "SM-A546B", ""), expected);
    }

    #[test]
    fn a_model_that_begins_with_its_maker_loses_it_once() {
        assert_eq!(read("Xiaomi", "Xiaomi 13", "android").1, "13");
        assert_eq!(read("OnePlus", "ONEPLUS A6003", "android"), owned("OnePlus", "A6003", "phone"));
        assert_eq!(read("", "motorola moto g54", ""), owned("motorola", "moto g54", "phone"));
        assert_eq!(read("", "HMD Global Nokia 6.1", "").0, "HMD Global");
        assert_eq!(read("", "Lenovo TB-J606F", "android"), owned("LENOVO", "TB-J606F", "tablet"));
        assert_eq!(read("Acme", "Acme One", ""), owned("Acme", "One", ""));
    }

    #[test]
    fn emulators_tablets_and_desktops_are_told_from_phones() {
        assert_eq!(read("Google", "sdk_gphone64_arm64", "android").2, "emulator");
        assert_eq!(read("", "Android SDK built for x86", "android").2, "emulator");
        assert_eq!(read("", "arm64", "ios").2, "emulator");
        assert_eq!(read("", "iPad13,18", "ios"), owned("Apple", "iPad13,18", "tablet"));
        assert_eq!(read("", "Pixel Tablet", "android").2, "tablet");
        assert_eq!(read("", "Pixel 8a", "android").2, "phone");
        assert_eq!(read("", "", "windows"), owned("", "", "desktop"));
        assert_eq!(read("", "MacBookPro18,3", "macos").2, "desktop");
    }

    #[test]
    fn what_a_model_does_not_tell_is_not_guessed() {
        assert_eq!(read("HUAWEI", "ANE-LX1", "android").2, "");
        assert_eq!(read("", "Nexus 5X", "android"), owned("", "Nexus 5X", ""));
        assert_eq!(Device::read(None, Some("iPad13,18"), Some("Phone"), None).class.as_deref(), Some("phone"));
    }

    #[test]
    fn a_makers_name_alone_and_letters_of_two_bytes_are_models() {
        assert_eq!(read("", "Fairphone", "").1, "Fairphone");
        assert_eq!(read("小米", "小米 13", ""), owned("小米", "13", ""));
        assert_eq!(read("ab", "aé x", "").1, "aé x");
    }
}
