//! Whether readers with a colour-vision deficiency can tell the rules apart.

use microlearners::figures::{Colour, colour_of_rule};
use microlearners::training::Design;

/// From linear RGB to what is seen without the cones for red, green or blue: Machado, Oliveira &
/// Fernandes 2009, table 1, severity 1.0, doi 10.1109/TVCG.2009.113.
const DEFICIENCIES: [(&str, [[f64; 3]; 3]); 4] = [
    ("none", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    ),
];

fn times(matrix: &[[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|row| (0..3).map(|i| matrix[row][i] * vector[i]).sum())
}

/// sRGB with its gamma undone (IEC 61966-2-1).
fn linear(Colour(red, green, blue): Colour) -> [f64; 3] {
    [red, green, blue].map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

/// L*, a*, b* of linear RGB under daylight (D65).
fn lab(rgb: [f64; 3]) -> [f64; 3] {
    const TO_XYZ: [[f64; 3]; 3] = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ];
    let white = times(&TO_XYZ, [1.0; 3]);
    let xyz = times(&TO_XYZ, rgb.map(|channel| channel.clamp(0.0, 1.0)));
    let [x, y, z] = std::array::from_fn(|i| {
        let share = xyz[i] / white[i];
        let linear = share * 841.0 / 108.0 + 4.0 / 29.0;
        if share > 216.0 / 24389.0 { share.cbrt() } else { linear }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// How different two colours look: CIEDE2000, in the form of Sharma, Wu & Dalal 2005, doi
/// 10.1002/col.20070.
fn ciede2000([l1, a1, b1]: [f64; 3], [l2, a2, b2]: [f64; 3]) -> f64 {
    let saturation = |chroma: f64| (chroma.powi(7) / (chroma.powi(7) + 25_f64.powi(7))).sqrt();
    let g = 1.5 - 0.5 * saturation((a1.hypot(b1) + a2.hypot(b2)) / 2.0);
    let (c1, c2) = ((g * a1).hypot(b1), (g * a2).hypot(b2));
    let hue = |a: f64, b: f64| b.atan2(g * a).to_degrees().rem_euclid(360.0);
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let is_grey = c1 * c2 == 0.0;
    let turn = if is_grey { 0.0 } else { (h2 - h1 + 180.0).rem_euclid(360.0) - 180.0 };
    let mean_hue = if is_grey { h1 + h2 } else { h1 + turn / 2.0 };
    let (l, c) = ((l1 + l2) / 2.0, (c1 + c2) / 2.0);
    let cosine = |times: f64, shift: f64| (times * mean_hue + shift).to_radians().cos();
    let t = 1.0 - 0.17 * cosine(1.0, -30.0) + 0.24 * cosine(2.0, 0.0) + 0.32 * cosine(3.0, 6.0)
        - 0.20 * cosine(4.0, -63.0);
    let squared = (l - 50.0).powi(2);
    let lightness = (l2 - l1) / (1.0 + 0.015 * squared / (20.0 + squared).sqrt());
    let chroma = (c2 - c1) / (1.0 + 0.045 * c);
    let hue = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin() / (1.0 + 0.015 * c * t);
    let bend = 60.0 * (-((mean_hue.rem_euclid(360.0) - 275.0) / 25.0).powi(2)).exp();
    let rotation = -2.0 * saturation(c) * bend.to_radians().sin();
    (lightness.powi(2) + chroma.powi(2) + hue.powi(2) + rotation * chroma * hue).sqrt()
}

#[test]
fn differences_agree_with_published_ones() {
    // Pairs 1, 7, 17 and 25 of table 1 of Sharma, Wu & Dalal 2005.
    let published = [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
    ];
    for (one, other, expected) in published {
        let distance = ciede2000(one, other);
        assert!((distance - expected).abs() < 1e-4, "{distance} instead of {expected}");
    }
}

#[test]
fn the_colours_of_what_is_no_rule_stay_apart() {
    let mut others: Vec<Colour> = Vec::new();
    for name in 0..200 {
        let colour = colour_of_rule(&format!("setting {name}"));
        if !others.contains(&colour) {
            others.push(colour);
        }
    }
    assert_eq!(others.len(), 8);
    for (deficiency, matrix) in DEFICIENCIES {
        let seen = others.iter().map(|colour| lab(times(&matrix, linear(*colour))));
        let seen: Vec<[f64; 3]> = seen.collect();
        let pairs = (0..8).flat_map(|one| (0..one).map(move |other| (one, other)));
        let least = pairs.map(|(one, other)| ciede2000(seen[one], seen[other]));
        let least = least.fold(f64::INFINITY, f64::min);
        assert!(least >= 12.0, "{deficiency}: only {least:.1} apart");
    }
}

#[test]
fn the_rules_of_the_first_study_stay_apart() {
    let rules = Design::microlearners().rules();
    let rules: Vec<String> = rules.iter().map(|rule| rule.about().name).collect();
    assert_eq!(rules.len(), 6);
    for (deficiency, matrix) in DEFICIENCIES {
        let seen: Vec<_> =
            rules.iter().map(|rule| lab(times(&matrix, linear(colour_of_rule(rule))))).collect();
        let pairs = (0..rules.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
        let distances = pairs.map(|(i, j)| (ciede2000(seen[i], seen[j]), &rules[i], &rules[j]));
        let (least, one, other) = distances.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        println!("{deficiency}: {one} and {other} are nearest, {least:.1} apart");
        assert!(least >= 10.0, "{deficiency}: {one} and {other} are only {least:.1} apart");
    }
}
