//! Images in other colours, as SimCLR changes them.

use rand::Rng as _;

use crate::random::Rng;

/// Of ten images so many are jittered, and the others keep their colours.
const JITTERED: f64 = 0.8;
/// Of ten coloured images so many lose them.
const GREY: f64 = 0.2;
/// What each channel gives to brightness (ITU-R BT.601).
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// One draw: what becomes of each pixel between 0, black, and 1, white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ColourJitter {
    brightness: f32,
    contrast: f32,
    /// 1 leaves colours as they are, 0 makes them grey.
    saturation: f32,
    /// Radians by which hues turn.
    hue: f32,
}

impl ColourJitter {
    /// Of strength s, brightness, contrast and saturation are multiplied by 1 − 0.8 s to 1 + 0.8 s, and
    /// hues turn by up to 0.2 s of a full circle, in 80 % of images; 20 % become grey. Chen,
    /// Kornblith, Norouzi & Hinton 2020, arXiv 2002.05709, appendix A.
    pub(super) fn draw(strength: f64, rng: &mut Rng) -> Self {
        let most = 0.8 * strength;
        let mut factor = || (1.0 + rng.gen_range(-most..=most)).max(0.0) as f32;
        let (brightness, contrast, saturation) = (factor(), factor(), factor());
        let turn = 0.2 * strength * std::f64::consts::TAU;
        let hue = rng.gen_range(-turn..=turn) as f32;
        let (is_jittered, is_grey) = (rng.gen_bool(JITTERED), rng.gen_bool(GREY));
        let own = match is_jittered {
            true => Self { brightness, contrast, saturation, hue },
            false => Self { brightness: 1.0, contrast: 1.0, saturation: 1.0, hue: 0.0 },
        };
        if is_grey { Self { saturation: 0.0, ..own } } else { own }
    }

    /// Changes an image of places × channels, of which the first one or three are its colours.
    pub(super) fn apply(self, image: &mut [f32], channels: usize, colours: usize) {
        let is_coloured = colours == 3;
        let luma = |place: &[f32]| match is_coloured {
            true => LUMA.iter().zip(place).map(|(share, x)| share * x).sum::<f32>(),
            false => place[0],
        };
        let places = (image.len() / channels) as f32;
        let mean = self.brightness * image.chunks(channels).map(luma).sum::<f32>() / places;
        let (sine, cosine) = self.hue.sin_cos();
        for place in image.chunks_mut(channels) {
            let colours = &mut place[..colours];
            colours.iter_mut().for_each(|x| {
                *x = mean + self.contrast * (self.brightness * *x - mean);
            });
            if is_coloured {
                let grey = luma(colours);
                let [red, green, blue] = [0, 1, 2].map(|channel| colours[channel] - grey);
                // Around the grey axis, by the formula of Rodrigues; and less of it.
                let across = (red + green + blue) * (1.0 - cosine) / 3.0;
                let by = sine / 3.0_f32.sqrt();
                let turned = [
                    red * cosine + across + by * (blue - green),
                    green * cosine + across + by * (red - blue),
                    blue * cosine + across + by * (green - red),
                ];
                for (x, turned) in colours.iter_mut().zip(turned) {
                    *x = grey + self.saturation * turned;
                }
            }
            colours.iter_mut().for_each(|x| *x = x.clamp(0.0, 1.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    const NONE: ColourJitter =
        ColourJitter { brightness: 1.0, contrast: 1.0, saturation: 1.0, hue: 0.0 };

    fn shown(jitter: ColourJitter, image: &[f32]) -> Vec<f32> {
        let mut image = image.to_vec();
        jitter.apply(&mut image, 3, 3);
        image
    }

    fn close(a: &[f32], b: &[f32]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
    }

    #[test]
    fn each_part_by_hand() {
        let image = [0.2, 0.4, 0.6, 0.6, 0.2, 0.4];
        assert!(close(&shown(NONE, &image), &image));
        let brighter = shown(ColourJitter { brightness: 1.5, ..NONE }, &image);
        assert!(close(&brighter, &image.map(|x| 1.5 * x)));
        let grey = shown(ColourJitter { saturation: 0.0, ..NONE }, &image);
        let luma = |r: f32, g: f32, b: f32| 0.299 * r + 0.587 * g + 0.114 * b;
        let (first, second) = (luma(0.2, 0.4, 0.6), luma(0.6, 0.2, 0.4));
        assert!(close(&grey, &[first, first, first, second, second, second]));
        let mean = (first + second) / 2.0;
        let flat = shown(ColourJitter { contrast: 0.0, ..NONE }, &image);
        assert!(close(&flat, &[mean; 6]));
        // A third of a circle takes each channel's excess over the grey to another channel.
        let turned = shown(ColourJitter { hue: std::f32::consts::TAU / 3.0, ..NONE }, &image[..3]);
        let excess = [0.2 - first, 0.4 - first, 0.6 - first];
        let expected = [excess[2], excess[0], excess[1]].map(|x| first + x);
        assert!(close(&turned, &expected), "{turned:?} {expected:?}");
    }

    #[test]
    fn grey_images_keep_to_their_channel_and_other_channels_are_left_alone() {
        let mut image = [0.5, 0.0, 0.25, 1.0];
        ColourJitter { brightness: 0.5, saturation: 0.0, hue: 1.0, ..NONE }.apply(&mut image, 2, 1);
        assert!(close(&image, &[0.25, 0.0, 0.125, 1.0]));
    }

    #[test]
    fn a_fifth_lose_their_colours_and_a_fifth_keep_theirs() {
        let mut rng = random::stream(0, "augmentation");
        let draws: Vec<_> = (0..2000).map(|_| ColourJitter::draw(0.5, &mut rng)).collect();
        let share = |is: &dyn Fn(&ColourJitter) -> bool| {
            draws.iter().filter(|one| is(one)).count() as f64 / 2000.0
        };
        assert!((share(&|one| one.saturation == 0.0) - 0.2).abs() < 0.03);
        assert!((share(&|one| one.brightness == 1.0) - 0.2).abs() < 0.03);
        assert!(draws.iter().all(|one| (0.6..=1.4).contains(&one.brightness)));
    }
}
