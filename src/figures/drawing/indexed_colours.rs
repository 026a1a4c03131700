//! At most 256 colours for a PNG file.
//!
//! A chart has few colours and many shades of them along its edges. With one byte per pixel the
//! file is a third as large, which notebooks that carry their pictures are grateful for.

use std::collections::HashMap;

type Rgb = [u8; 3];

/// Colours, and for each pixel the place of its own among them.
pub(crate) struct Indexed {
    pub(crate) colours: Vec<Rgb>,
    pub(crate) pixels: Vec<u8>,
}

/// The same picture in its most frequent colours; a rare shade becomes the nearest of them.
pub(crate) fn indexed(pixels: &[u8]) -> Indexed {
    let mut counts: HashMap<Rgb, usize> = HashMap::new();
    let colours = || pixels.as_chunks::<3>().0.iter();
    colours().for_each(|colour| *counts.entry(*colour).or_default() += 1);
    let mut ranked: Vec<(Rgb, usize)> = counts.into_iter().collect();
    ranked.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    let chosen = chosen(&ranked);
    let places: HashMap<Rgb, u8> =
        ranked.iter().map(|(colour, _)| (*colour, nearest(&chosen, *colour))).collect();
    Indexed { pixels: colours().map(|colour| places[colour]).collect(), colours: chosen }
}

/// All colours if a byte can number them; else the commonest of each neighbourhood, the most
/// populous neighbourhoods first.
fn chosen(ranked: &[(Rgb, usize)]) -> Vec<Rgb> {
    if ranked.len() <= 256 {
        return ranked.iter().map(|(colour, _)| *colour).collect();
    }
    let mut places: HashMap<Rgb, usize> = HashMap::new();
    let mut neighbourhoods: Vec<(Rgb, usize)> = Vec::new();
    for (colour, count) in ranked {
        let place = *places.entry(colour.map(|channel| channel >> 3)).or_insert_with(|| {
            neighbourhoods.push((*colour, 0));
            neighbourhoods.len() - 1
        });
        neighbourhoods[place].1 += count;
    }
    neighbourhoods.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    neighbourhoods.into_iter().take(256).map(|(colour, _)| colour).collect()
}

fn nearest(colours: &[Rgb], wanted: Rgb) -> u8 {
    let distance = |colour: &Rgb| -> i32 {
        let apart = |i: usize| i32::from(colour[i]) - i32::from(wanted[i]);
        (0..3).map(|i| apart(i) * apart(i)).sum()
    };
    let places = (0..colours.len()).min_by_key(|place| distance(&colours[*place]));
    places.unwrap_or_default() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_stay_as_they_are() {
        let picture = [255, 255, 255, 1, 2, 3, 255, 255, 255];
        let indexed = indexed(&picture);
        assert_eq!(indexed.colours, [[255, 255, 255], [1, 2, 3]]);
        assert_eq!(indexed.pixels, [0, 1, 0]);
    }

    #[test]
    fn rare_shades_become_near_ones() {
        let picture: Vec<u8> =
            (0..3000_u32).flat_map(|i| [(i % 250) as u8, (i / 250) as u8, 0]).collect();
        let indexed = indexed(&picture);
        assert!(indexed.colours.len() <= 256);
        for (pixel, place) in picture.as_chunks::<3>().0.iter().zip(&indexed.pixels) {
            let near = indexed.colours[usize::from(*place)];
            assert!((0..3).all(|i| pixel[i].abs_diff(near[i]) <= 8), "{pixel:?} {near:?}");
        }
    }
}
