//! Models and subjects over samples of stimuli that hold some more than once.

use super::comparison::Comparison;
use super::pairs::{pair_list, place_of_pair};
use super::scores::{Prepared, Undefined};
use super::whitening::Pairs;

/// A sample of fewer different stimuli has no RDM worth comparing.
const LEAST_STIMULI: usize = 3;
/// What a sample says.
pub(super) struct Scores {
    pub(super) models: Vec<f64>,
    pub(super) lower: Option<f64>,
}

/// Models and subjects in the same order of stimuli.
pub(super) struct Data {
    pub(super) models: Vec<Vec<f64>>,
    pub(super) subjects: Vec<Vec<f64>>,
    pub(super) stimuli: usize,
    pub(super) comparison: Comparison,
}

impl Data {
    /// Models and subjects over some stimuli, which may repeat; none if too few differ.
    pub(super) fn prepared(&self, mut chosen: Vec<usize>) -> Option<Result<Prepared, Undefined>> {
        chosen.sort_unstable();
        if chosen.chunk_by(|a, b| a == b).count() < LEAST_STIMULI {
            return None;
        }
        let mut list = pair_list(chosen.len());
        list.retain(|&(a, b)| chosen[a] != chosen[b]);
        let place = |&(a, b): &(usize, usize)| place_of_pair(chosen[a], chosen[b], self.stimuli);
        let places: Vec<usize> = list.iter().map(place).collect();
        let of = |all: &[Vec<f64>]| -> Vec<Vec<f64>> {
            all.iter().map(|values| places.iter().map(|&at| values[at]).collect()).collect()
        };
        let pairs = Pairs::some(chosen.len(), list)?;
        Some(Prepared::new(self.comparison, &of(&self.models), &of(&self.subjects), pairs))
    }
}

/// The similarities with some subjects, which may repeat.
pub(super) fn scores(prepared: &Prepared, subjects: &[usize]) -> Scores {
    let lower = prepared.ceiling(subjects).map(|ceiling| ceiling.lower);
    Scores { models: prepared.means(subjects), lower }
}

#[cfg(test)]
mod tests {
    use super::super::Rdm;
    use super::super::fixtures::{self, close};
    use super::*;

    fn data(comparison: Comparison) -> Data {
        let vectors = |rdms: Vec<Rdm>| rdms.into_iter().map(|rdm| rdm.dissimilarities).collect();
        let (models, subjects) = (vectors(fixtures::models()), vectors(fixtures::subjects()));
        Data { models, subjects, stimuli: 10, comparison }
    }

    struct Draw {
        subjects: [usize; 6],
        stimuli: [usize; 10],
        pairs: usize,
        /// Three models, then the lower and the upper ceiling.
        expected: [(Comparison, [f64; 5]); 4],
    }

    /// rsatoolbox 0.3.2, `subsample` and `subsample_pattern` by these draws: copies excluded.
    #[test]
    fn samples_equal_rsatoolbox() {
        use Comparison::{Cosine, Pearson, RhoA, WhitenedPearson};
        let draws = [
            Draw {
                subjects: [0, 1, 2, 3, 4, 5],
                stimuli: [0, 0, 1, 3, 4, 4, 6, 8, 9, 9],
                pairs: 42,
                expected: [
                    (
                        Cosine,
                        [
                            0.9704046460654975,
                            0.9286227296480986,
                            0.936888348025335,
                            0.9631217295445064,
                            0.9743842711776759,
                        ],
                    ),
                    (
                        Pearson,
                        [
                            0.9015812288478086,
                            0.7185343858038001,
                            0.7913709623498617,
                            0.8694439892751805,
                            0.9092236506408052,
                        ],
                    ),
                    (
                        RhoA,
                        [
                            0.8811549577289792,
                            0.7183372498176809,
                            0.6148610323312536,
                            0.8361423979688302,
                            0.8919590524808902,
                        ],
                    ),
                    (
                        WhitenedPearson,
                        [
                            0.9344351601190871,
                            0.8057709141631828,
                            0.8465053709928912,
                            0.9151048016600228,
                            0.9402755700145122,
                        ],
                    ),
                ],
            },
            Draw {
                subjects: [1, 1, 2, 5, 5, 0],
                stimuli: [2, 3, 3, 3, 5, 6, 7, 7, 8, 1],
                pairs: 41,
                expected: [
                    (
                        Cosine,
                        [
                            0.9740961801334146,
                            0.9035532382218244,
                            0.9176135444618305,
                            0.960379516065801,
                            0.9786695759509517,
                        ],
                    ),
                    (
                        Pearson,
                        [
                            0.8961726186004183,
                            0.581833647914498,
                            0.6261730150859385,
                            0.8348593895558423,
                            0.9103284646558161,
                        ],
                    ),
                    (
                        RhoA,
                        [
                            0.8959349593495934,
                            0.6273519163763065,
                            0.45535714285714285,
                            0.8389590592334495,
                            0.9072735191637631,
                        ],
                    ),
                    (
                        WhitenedPearson,
                        [
                            0.9416923770873292,
                            0.6405233812336429,
                            0.7135385952325844,
                            0.9081838011654545,
                            0.9501768999718908,
                        ],
                    ),
                ],
            },
            Draw {
                subjects: [3, 4, 4, 4, 2, 0],
                stimuli: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
                pairs: 45,
                expected: [
                    (
                        Cosine,
                        [
                            0.9473237730411962,
                            0.9183285205152353,
                            0.9023817963607922,
                            0.9334839922940228,
                            0.9639197746261117,
                        ],
                    ),
                    (
                        Pearson,
                        [
                            0.8160230830483056,
                            0.6788933376266083,
                            0.6511578454122869,
                            0.7529188961621224,
                            0.8658017540205887,
                        ],
                    ),
                    (
                        RhoA,
                        [
                            0.8293478260869565,
                            0.6508234519104084,
                            0.5281620553359684,
                            0.7699110671936759,
                            0.8699769433465087,
                        ],
                    ),
                    (
                        WhitenedPearson,
                        [
                            0.8739755690203358,
                            0.7152673917928817,
                            0.7460886072120626,
                            0.8352808145526548,
                            0.9128957757841852,
                        ],
                    ),
                ],
            },
        ];
        for draw in draws {
            let mut sorted = draw.stimuli;
            sorted.sort_unstable();
            let finite = pair_list(10).into_iter().filter(|&(a, b)| sorted[a] != sorted[b]);
            assert_eq!(finite.count(), draw.pairs);
            for (comparison, expected) in draw.expected {
                let prepared = data(comparison).prepared(draw.stimuli.to_vec()).unwrap().unwrap();
                let means = prepared.means(&draw.subjects);
                means.iter().zip(&expected[..3]).for_each(|(a, b)| close(*a, *b));
                let ceiling = prepared.ceiling(&draw.subjects).unwrap();
                close(ceiling.lower, expected[3]);
                close(ceiling.upper, expected[4]);
            }
        }
    }
}
