//! One style for every figure: the colour of a rule, the greys around the data, the size of
//! letters.

use rand::Rng;
use std::fmt;

use super::labels::{label_of_column, label_of_rule};
use crate::display::{Blocks, EvcxrDisplay, show};
use crate::random;
use crate::{Error, Result};

/// A colour, as red, green and blue; prints as `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// The colour mixed with white; `share` 0 leaves it alone, 1 is white.
    pub fn lighter(self, share: f64) -> Self {
        self.mixed(WHITE, share)
    }

    /// The colour mixed with black; `share` 0 leaves it alone, 1 is black.
    pub fn darker(self, share: f64) -> Self {
        self.mixed(Self(0, 0, 0), share)
    }

    /// `count` steps of this hue from dark to light, for what has an order, such as decays.
    pub(crate) fn steps(self, count: usize) -> Vec<Self> {
        let place = |step: usize| step as f64 / count.saturating_sub(1).max(1) as f64;
        let shade = |place: f64| match 1.1 * place - 0.5 {
            dark if dark < 0.0 => self.darker(-dark),
            light => self.lighter(light),
        };
        (0..count).map(|step| shade(place(step))).collect()
    }

    /// The ink that can be read on this colour.
    pub(crate) fn ink(self) -> Self {
        let brightness =
            0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2);
        if brightness < 125.0 { WHITE } else { INK }
    }

    /// The colour on the way to `other`; `share` 0 leaves it alone, 1 is `other`.
    pub(crate) fn mixed(self, other: Self, share: f64) -> Self {
        let mix =
            |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// Reads what [`Colour`] prints.
///
/// ```
/// use microlearners::figures::Colour;
///
/// assert_eq!("#0072b2".parse::<Colour>()?, Colour(0, 114, 178));
/// # Ok::<(), microlearners::Error>(())
/// ```
impl std::str::FromStr for Colour {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let digits = text.strip_prefix('#').filter(|digits| {
            digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        });
        let part =
            |i: usize| digits.and_then(|d| u8::from_str_radix(&d[2 * i..2 * i + 2], 16).ok());
        match (part(0), part(1), part(2)) {
            (Some(red), Some(green), Some(blue)) => Ok(Self(red, green, blue)),
            _ => Err(Error::Figure(format!(
                "\"{text}\" is no colour; write it as # and six hexadecimal digits, such as #0072b2"
            ))),
        }
    }
}

/// Colours of one figure that differ from the usual ones, by the names of what they colour.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Palette(Vec<(String, Colour)>);

impl Palette {
    pub(crate) fn new(colours: &[(&str, Colour)]) -> Self {
        Self(colours.iter().map(|(name, colour)| (label_of_column(name), *colour)).collect())
    }

    /// This palette's colours, and for other names those of `around`.
    pub(crate) fn within(&self, around: &Self) -> Self {
        Self(self.0.iter().chain(&around.0).cloned().collect())
    }

    /// The colour of `name`, which may be the one in tables or the one that figures show.
    pub(crate) fn colour(&self, name: &str) -> Option<Colour> {
        let name = label_of_column(name);
        self.0.iter().find(|(own, _)| *own == name).map(|(_, colour)| *colour)
    }
}

pub(crate) const WHITE: Colour = Colour(255, 255, 255);
/// Titles and values.
pub(crate) const INK: Colour = Colour(34, 34, 34);
/// Axis labels and notes.
pub(crate) const FADED: Colour = Colour(96, 96, 96);
/// The frame's lines.
pub(crate) const RULE: Colour = Colour(150, 150, 150);
/// Grid lines, behind everything.
pub(crate) const GRID: Colour = Colour(230, 230, 230);

/// The size of tick labels, legends and values.
pub(crate) const SMALL: f64 = 12.0;

/// The thickness of the letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// The first six from the palette of Okabe and Ito (2008), the others from Tol's "muted" and
/// "bright" (2021): both were made for colour-blind readers. The grey is ours: a lighter one looks
/// like Kolen-Pollack's green without the cones for green. A rule keeps its place for ever; new
/// ones go to the end.
const RULES: [(&str, Colour); 28] = [
    ("no_training", Colour(110, 110, 110)),
    ("backprop", Colour(0, 114, 178)),
    ("feedback_alignment", Colour(230, 159, 0)),
    ("kolen_pollack", Colour(0, 158, 115)),
    ("hebbian", Colour(213, 94, 0)),
    ("contrastive_hebbian", Colour(204, 121, 167)),
    ("direct_feedback_alignment", Colour(86, 180, 233)),
    ("sign_symmetry", Colour(51, 34, 136)),
    ("weight_mirror", Colour(17, 119, 51)),
    ("weight_perturbation", Colour(136, 34, 85)),
    ("node_perturbation", Colour(170, 68, 153)),
    ("predictive_coding", Colour(68, 170, 153)),
    ("equilibrium_propagation", Colour(153, 153, 51)),
    ("target_propagation", Colour(204, 102, 119)),
    ("forward_forward", Colour(136, 204, 238)),
    ("oja", Colour(170, 51, 119)),
    ("sanger", Colour(34, 136, 51)),
    ("bcm", Colour(238, 102, 119)),
    ("competitive_hebbian", Colour(68, 119, 170)),
    ("stdp", Colour(148, 103, 50)),
    ("difference_target_propagation", Colour(90, 60, 20)),
    ("direct_difference_target_propagation", Colour(160, 190, 60)),
    ("symmetric_alignment", Colour(120, 94, 240)),
    ("activation_alignment", Colour(220, 38, 127)),
    ("information_alignment", Colour(100, 143, 255)),
    ("batchwise_random_sign_symmetry", Colour(118, 106, 182)),
    ("fixed_random_sign_symmetry", Colour(168, 160, 214)),
    ("frozen_hidden", Colour(168, 168, 168)),
];

/// The colours of what is no rule of the library, such as classifiers or settings: chosen to be as
/// far from the colours of rules and from one another as they can be, also without one kind of
/// cones.
const OTHERS: [Colour; 8] = [
    PLAIN,
    Colour(180, 30, 30),
    Colour(30, 180, 30),
    Colour(225, 75, 225),
    Colour(225, 165, 135),
    Colour(105, 75, 75),
    Colour(150, 210, 195),
    Colour(120, 150, 150),
];

/// What stands alone and is no rule.
pub(crate) const PLAIN: Colour = Colour(84, 106, 123);

/// What Adam adds to a rule's hue.
const PLUM: Colour = Colour(185, 77, 112);

/// The colour of a rule, the same in every figure; a name that has no place of its own gets a
/// colour that no rule has, always the same.
///
/// ```
/// use microlearners::figures::colour_of_rule;
///
/// assert_eq!(colour_of_rule("backprop").to_string(), "#0072b2");
/// ```
pub fn colour_of_rule(rule: &str) -> Colour {
    fixed_colour(rule).unwrap_or_else(|| OTHERS[place_of(rule)])
}

/// The order in which figures name these: rules as in the palette, whatever their order in a table,
/// so that figures can be compared; unknown names come last, in their own order.
pub(crate) fn order_of_rules(names: &[String]) -> Vec<usize> {
    let rank = |name: &String| rank_of_rule(name).unwrap_or(RULES.len());
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|place| rank(&names[*place]));
    order
}

/// Colours for what stands side by side in one figure: rules have their own; other names get
/// different ones that no rule has, as long as there are any left, in the palette's order if there
/// is no rule among them.
pub(crate) fn colours_of(names: &[String]) -> Vec<Colour> {
    if names.iter().all(|name| fixed_colour(name).is_none()) {
        return (0..names.len()).map(other_colour).collect();
    }
    let mut taken: Vec<Colour> = Vec::new();
    names
        .iter()
        .map(|name| fixed_colour(name).unwrap_or_else(|| free_colour(name, &mut taken)))
        .collect()
}

/// The colour of a rule that has a place in the palette.
pub(crate) fn fixed_colour(rule: &str) -> Option<Colour> {
    let of = |rule: &str| rank_of_rule(rule).map(|rank| RULES[rank].1);
    // Under another optimizer a rule keeps its hue.
    match rule.split_once(" × ") {
        None => of(rule),
        Some((rule, "momentum" | "nesterov")) => of(rule).map(|colour| colour.mixed(INK, 0.7)),
        Some((rule, "adam" | "Adam")) => of(rule).map(|colour| colour.mixed(PLUM, 0.65)),
        Some(_) => None,
    }
}

/// The place in the palette of a rule, by its name in tables or the one that figures show.
fn rank_of_rule(rule: &str) -> Option<usize> {
    RULES.iter().position(|(name, _)| *name == rule || label_of_rule(name) == rule)
}

fn free_colour(name: &str, taken: &mut Vec<Colour>) -> Colour {
    let first = place_of(name);
    let free = (0..MOST_OTHERS).map(|step| other_colour(first + step));
    let colour = free.into_iter().find(|colour| !taken.contains(colour));
    let colour = colour.unwrap_or(OTHERS[first]);
    taken.push(colour);
    colour
}

/// So many names that are no rules have different colours.
const MOST_OTHERS: usize = 3 * OTHERS.len();

/// The colours of what is no rule, then their tints, then their shades.
fn other_colour(place: usize) -> Colour {
    let colour = OTHERS[place % OTHERS.len()];
    match place % MOST_OTHERS / OTHERS.len() {
        0 => colour,
        1 => colour.lighter(0.45),
        _ => colour.darker(0.4),
    }
}

/// A place in the second palette that depends on nothing but the name.
fn place_of(name: &str) -> usize {
    random::stream(0, name).gen_range(0..OTHERS.len())
}

impl EvcxrDisplay for Colour {
    fn evcxr_blocks(&self) -> Blocks {
        let html = format!("<span style=\"color:{self}\">■</span> {self}");
        Blocks::text(self.to_string()).with_html(html)
    }
}

show!(Colour);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_own_colour() {
        for (index, (name, colour)) in RULES.iter().enumerate() {
            assert!(RULES[..index].iter().all(|(other, c)| other != name && c != colour), "{name}");
        }
    }

    #[test]
    fn an_unknown_rule_keeps_its_colour() {
        assert_eq!(colour_of_rule("my_rule"), colour_of_rule("my_rule"));
        assert!(RULES.iter().all(|(_, colour)| *colour != colour_of_rule("my_rule")));
    }

    #[test]
    fn a_rule_has_its_colour_by_its_name_in_tables_and_in_words() {
        for (name, colour) in RULES {
            assert_eq!(colour_of_rule(&label_of_rule(name)), colour, "{name}");
        }
    }

    #[test]
    fn what_is_no_rule_takes_no_rules_colour() {
        let mut names: Vec<String> = (0..18).map(|i| format!("setting {i}")).collect();
        names.push("backprop".into());
        for names in [&names[..18], &names[..]] {
            let colours = colours_of(names);
            let of_rules = RULES.iter().filter(|(_, colour)| colours.contains(colour)).count();
            assert_eq!(of_rules, names.len() - 18);
        }
    }

    #[test]
    fn steps_go_from_dark_to_light() {
        let brightness = |Colour(r, g, b): Colour| u32::from(r) + u32::from(g) + u32::from(b);
        let steps: Vec<u32> = OTHERS[1].steps(5).into_iter().map(brightness).collect();
        assert!(steps.windows(2).all(|pair| pair[1] > pair[0] + 30), "{steps:?}");
        assert_eq!(OTHERS[1].steps(1).len(), 1);
    }

    #[test]
    fn neighbours_differ() {
        let mut names: Vec<String> = (0..18).map(|i| format!("rule_{i}")).collect();
        for count in [18, 19] {
            let mut colours: Vec<_> = colours_of(&names).iter().map(Colour::to_string).collect();
            colours.sort();
            colours.dedup();
            assert_eq!(colours.len(), count);
            names.push("backprop".into());
        }
    }
}
