//! Worlds of counts with a planted truth: users with a version, a device and a region send messages over networks, and
//! some combinations fail more than others. What a world is for stands at its name.

use super::Numbers;
use std::collections::{BTreeMap, BTreeSet};
use whyunsent::stats::blame::cells::Counts;
use whyunsent::stats::blame::counts::Family;

/// A condition, `("device", "D03")`.
pub type Condition = (&'static str, String);

/// A planted world.
pub struct World {
    pub name: &'static str,
    pub attempts: usize,
    pub rate: f64,
    pub versions: Vec<(String, f64)>,
    pub devices: usize,
    pub regions: usize,
    /// Extra log rate of mobile data and VPN.
    pub networks: [f64; 3],
    pub messages_per_user: f64,
    /// Coefficient of variation of users' own failure rates.
    pub user_spread: f64,
    /// Conditions and how many times as often they fail.
    pub planted: Vec<(Vec<Condition>, f64)>,
    /// Who uses what: changes a user's version, device, region and networks.
    pub mix: fn(&mut Numbers, &World, &mut User),
    /// Versions that must be found bad, and that may be.
    pub bad: Vec<&'static str>,
    pub may_be_bad: Vec<&'static str>,
    pub confounded: Vec<&'static str>,
    pub slices: Vec<Vec<Condition>>,
    pub update_to: Vec<&'static str>,
}

/// A user.
pub struct User {
    pub version: usize,
    pub device: usize,
    pub region: usize,
    pub networks: [f64; 3],
}

/// Counts of a world, and the background differences over 12 % that are neither right nor wrong to find.
pub struct Made {
    pub family: Family,
    pub background: BTreeSet<Vec<(String, String)>>,
}

const NETWORKS: [&str; 3] = ["wifi", "cell", "vpn"];
const DIMENSIONS: [&str; 4] = ["version", "device", "network", "region"];

impl World {
    /// Draws the world.
    pub fn make(&self, seed: u64) -> Made {
        let mut random = Random(Numbers(seed));
        let spread = |random: &mut Random, n: usize, sd: f64| -> Vec<f64> { (0..n).map(|_| random.normal() * sd).collect() };
        let (of_version, of_device, of_region) = (
            spread(&mut random, self.versions.len(), 0.04),
            spread(&mut random, self.devices, 0.12),
            spread(&mut random, self.regions, 0.07),
        );
        let of_network = [self.networks[0], self.networks[1] + 0.15, self.networks[2] + 0.2];
        let names = |of: &str, n: usize| if of == "device" { format!("D{n:02}") } else { format!("R{n}") };
        let shares: Vec<f64> = self.versions.iter().map(|(_, share)| *share).collect();
        let zipf = |n: usize, s: f64| (1..=n).map(|k| (k as f64).powf(-s)).collect::<Vec<f64>>();
        let mut cells: BTreeMap<Vec<String>, Counts> = BTreeMap::new();
        let mut drawn = 0;
        while drawn < self.attempts {
            let mut user = User {
                version: random.pick(&shares),
                device: random.pick(&zipf(self.devices, 0.9)),
                region: random.pick(&zipf(self.regions, 0.5)),
                networks: [0.55, 0.35, 0.10],
            };
            (self.mix)(&mut random.0, self, &mut user);
            let own = if self.user_spread > 0.0 { random.gamma(self.user_spread.powi(-2)) * self.user_spread.powi(2) } else { 1.0 };
            let messages = 1 + random.poisson(self.messages_per_user - 1.0);
            let mut sent: Vec<(Vec<String>, bool)> = Vec::new();
            for _ in 0..messages {
                let network = random.pick(&user.networks);
                let levels = vec![
                    self.versions[user.version].0.clone(),
                    names("device", user.device),
                    NETWORKS[network].to_owned(),
                    names("region", user.region),
                ];
                let is = |condition: &Condition| levels[DIMENSIONS.iter().position(|d| *d == condition.0).unwrap()] == condition.1;
                let planted: f64 = self.planted.iter().filter(|(all, _)| all.iter().all(is)).map(|(_, ratio)| ratio.ln()).sum();
                let log = self.rate.ln()
                    + of_version[user.version]
                    + of_device[user.device]
                    + of_region[user.region]
                    + of_network[network]
                    + planted;
                sent.push((levels, random.0.share() < (log.exp() * own).min(0.97)));
            }
            drawn += messages;
            let failed = sent.iter().filter(|(_, failed)| *failed).count() as f64;
            for (levels, is_failed) in sent {
                let counts = cells.entry(levels).or_insert_with(|| Counts { users: Some(0.0), unsent_sq: Some(0.0), ..Counts::default() });
                let share = f64::from(u8::from(is_failed));
                counts.attempts += 1.0;
                counts.unsent += share;
                counts.users = counts.users.map(|u| u + 1.0 / messages as f64);
                counts.unsent_sq = counts.unsent_sq.map(|q| q + share * failed);
            }
        }
        let mut background = BTreeSet::new();
        let mut note = |dimension: &str, names: Vec<String>, effects: &[f64]| {
            let mut sorted = effects.to_vec();
            sorted.sort_by(f64::total_cmp);
            let middle = sorted[sorted.len() / 2];
            for (name, effect) in names.into_iter().zip(effects) {
                if effect - middle > 1.12_f64.ln() {
                    background.insert(vec![(dimension.to_owned(), name)]);
                }
            }
        };
        note("version", self.versions.iter().map(|(v, _)| v.clone()).collect(), &of_version);
        note("device", (0..self.devices).map(|n| names("device", n)).collect(), &of_device);
        note("region", (0..self.regions).map(|n| names("region", n)).collect(), &of_region);
        background.extend(NETWORKS[1..].iter().map(|n| vec![("network".to_owned(), (*n).to_owned())]));
        let dimensions = DIMENSIONS.map(str::to_owned).to_vec();
        Made { family: Family { dimensions, rows: cells.into_iter().collect(), ..Family::default() }, background }
    }
}

/// Draws from distributions.
struct Random(Numbers);

impl Random {
    fn pick(&mut self, weights: &[f64]) -> usize {
        let mut at = self.0.share() * weights.iter().sum::<f64>();
        weights
            .iter()
            .position(|w| {
                at -= w;
                at < 0.0
            })
            .unwrap_or(weights.len() - 1)
    }

    /// Box and Muller.
    fn normal(&mut self) -> f64 {
        let (a, b) = (self.0.share().max(1e-300), self.0.share());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    /// Knuth.
    fn poisson(&mut self, mean: f64) -> usize {
        let (limit, mut product, mut n) = ((-mean).exp(), self.0.share(), 0);
        while product > limit {
            product *= self.0.share();
            n += 1;
        }
        n
    }

    /// Marsaglia and Tsang, scale 1.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.0.share().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.0.share().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }
}

const OLD: [&str; 10] = ["3.2.0", "3.2.1", "3.3.0", "3.3.1", "3.4.0", "3.4.1", "3.4.2", "3.5.0", "3.5.1", "3.5.2"];

/// Versions that just came out, and their share of use.
const RARE: [(&str, f64); 5] = [("3.6.0", 0.05), ("3.6.1", 0.06), ("3.6.2", 0.003), ("3.6.3", 0.004), ("3.6.4", 0.003)];

/// One bad version of ten.
pub fn one_of_ten(attempts: usize, ratio: f64) -> World {
    let bad = ("version", "3.4.1".to_owned());
    World { planted: vec![(vec![bad], ratio)], ..plain("one version of ten", attempts) }
}

fn plain(name: &'static str, attempts: usize) -> World {
    World {
        name,
        attempts,
        rate: 0.03,
        versions: OLD.map(|v| (v.to_owned(), 1.0)).to_vec(),
        devices: 14,
        regions: 5,
        networks: [0.0; 3],
        messages_per_user: 8.0,
        user_spread: 0.0,
        planted: Vec::new(),
        mix: |_, _, _| {},
        bad: Vec::new(),
        may_be_bad: Vec::new(),
        confounded: Vec::new(),
        slices: Vec::new(),
        update_to: Vec::new(),
    }
}

fn is(dimension: &'static str, level: &str) -> Condition {
    (dimension, level.to_owned())
}

/// The worlds.
pub fn worlds() -> Vec<World> {
    let regression = ["3.4.0", "3.4.1", "3.4.2", "3.5.0", "3.5.1"];
    let v = |level: &str| is("version", level);
    let planted = |slices: &[(Vec<Condition>, f64)]| slices.to_vec();
    vec![
        plain("nothing is wrong", 10_000),
        World {
            messages_per_user: 25.0,
            user_spread: 1.2,
            devices: 12,
            ..plain("nothing is wrong, but some users fail far more than others", 100_000)
        },
        World {
            planted: planted(&[(vec![v("3.4.1")], 2.5)]),
            bad: vec!["3.4.1"],
            slices: vec![vec![v("3.4.1")]],
            update_to: vec!["3.5.0", "3.5.1", "3.5.2"],
            ..plain("one version is bad", 60_000)
        },
        World {
            planted: planted(&[(vec![is("device", "D03")], 4.0)]),
            mix: |random, world, user| {
                let new = world.versions[user.version].0 == "3.5.2";
                if new && random.share() < 0.6 {
                    user.device = 3;
                } else if !new && user.device == 3 && random.share() < 0.5 {
                    user.device = 0;
                }
            },
            slices: vec![vec![is("device", "D03")]],
            update_to: vec!["3.5.1", "3.5.2"],
            ..plain("the newest version went first to owners of a bad device", 80_000)
        },
        World {
            networks: [0.0, 0.75, 1.1],
            planted: planted(&[(vec![v("3.4.1")], 2.0)]),
            mix: |_, world, user| {
                user.networks = if world.versions[user.version].0 == "3.4.1" { [0.92, 0.06, 0.02] } else { [0.15, 0.45, 0.40] }
            },
            bad: vec!["3.4.1"],
            slices: vec![vec![v("3.4.1")]],
            update_to: vec!["3.5.1", "3.5.2"],
            ..plain("a bad version looks good because its users are on Wi-Fi", 80_000)
        },
        World {
            planted: planted(&[(vec![v("3.4.1"), is("device", "D01"), is("network", "cell")], 8.0)]),
            may_be_bad: vec!["3.4.1"],
            slices: vec![vec![v("3.4.1"), is("device", "D01"), is("network", "cell")]],
            update_to: vec!["3.5.1", "3.5.2"],
            ..plain("one version is bad on one device over one network", 120_000)
        },
        World {
            planted: planted(&[(vec![is("device", "D02"), is("region", "R1")], 6.0)]),
            mix: |random, world, user| {
                if world.versions[user.version].0 == "3.3.1" && random.share() < 0.45 {
                    (user.device, user.region) = (2, 1);
                }
            },
            slices: vec![vec![is("device", "D02"), is("region", "R1")]],
            update_to: vec!["3.5.1", "3.5.2"],
            ..plain("a version is used most where a device fails in a region", 90_000)
        },
        World {
            planted: planted(&regression.map(|r| (vec![v(r)], 2.0))),
            versions: OLD.iter().map(|v| ((*v).to_owned(), 1.0)).chain([("3.6.0".to_owned(), 0.012)]).collect(),
            bad: regression.to_vec(),
            slices: regression.iter().map(|r| vec![v(r)]).collect(),
            update_to: vec!["3.5.2"],
            ..plain("a regression lasts five versions", 70_000)
        },
        World {
            rate: 0.02,
            versions: OLD.iter().map(|v| ((*v).to_owned(), 1.0)).chain(RARE.map(|(v, share)| (v.to_owned(), share))).collect(),
            planted: planted(&[(vec![v("3.6.1")], 14.0)]),
            bad: vec!["3.6.1"],
            slices: vec![vec![v("3.6.1")]],
            update_to: vec!["3.5.0", "3.5.1", "3.5.2"],
            ..plain("a rare version is very bad, and rarer ones fail by chance", 12_000)
        },
        World {
            devices: 10,
            planted: planted(&[
                (vec![v("3.4.0")], 2.2),
                (vec![is("device", "D04"), is("network", "vpn")], 5.0),
                (vec![v("3.5.0"), is("device", "D02")], 4.0),
                (vec![is("region", "R3"), is("network", "cell")], 2.5),
            ]),
            bad: vec!["3.4.0"],
            may_be_bad: vec!["3.5.0"],
            slices: vec![
                vec![v("3.4.0")],
                vec![is("device", "D04"), is("network", "vpn")],
                vec![v("3.5.0"), is("device", "D02")],
                vec![is("region", "R3"), is("network", "cell")],
            ],
            update_to: vec!["3.5.1", "3.5.2"],
            ..plain("four things are wrong at once", 160_000)
        },
        World {
            devices: 300,
            planted: planted(&[(vec![v("3.5.1"), is("device", "D05")], 6.0)]),
            may_be_bad: vec!["3.5.1"],
            slices: vec![vec![v("3.5.1"), is("device", "D05")]],
            update_to: vec!["3.5.2"],
            ..plain("one version is bad on one of three hundred devices", 200_000)
        },
        World {
            versions: OLD.iter().map(|v| ((*v).to_owned(), 1.0)).chain([("4.0.0".to_owned(), 0.9)]).collect(),
            planted: planted(&[(vec![is("device", "D13")], 3.0)]),
            mix: |_, world, user| {
                if user.device == 13 {
                    user.device = 0;
                }
                if world.versions[user.version].0 == "4.0.0" {
                    user.device = 13;
                }
            },
            confounded: vec!["4.0.0"],
            slices: vec![vec![is("device", "D13")]],
            update_to: vec!["3.5.1", "3.5.2"],
            ..plain("a version ran on one device only, and that device only on it", 60_000)
        },
    ]
}
