//! Proposals beside a gradient: their mean, their scatter, and how well the two are known.

use std::ops::Range;

/// Proposals beside one gradient.
pub(super) struct Beside<'a> {
    gradient: Vec<f64>,
    parts: &'a [(String, Range<usize>)],
    pub(super) running: Running,
    /// Of each part.
    pub(super) cosines: Vec<Mean>,
    pub(super) norms: Vec<Mean>,
    /// Whether all proposals would be the same.
    pub(super) is_exact: bool,
}

impl<'a> Beside<'a> {
    pub(super) fn new(gradient: &[f64], parts: &'a [(String, Range<usize>)]) -> Self {
        Self {
            gradient: gradient.to_vec(),
            parts,
            running: Running::default(),
            cosines: vec![Mean::default(); parts.len()],
            norms: vec![Mean::default(); parts.len()],
            is_exact: false,
        }
    }

    pub(super) fn add(&mut self, proposal: Vec<f64>) {
        for (index, (_, part)) in self.parts.iter().enumerate() {
            let (here, exact) = (&proposal[part.clone()], &self.gradient[part.clone()]);
            cosine(here, exact).into_iter().for_each(|cosine| self.cosines[index].add(cosine));
            self.norms[index].add(dot(here, here).sqrt());
        }
        self.running.add(&proposal);
    }

    pub(super) fn variance(&self, part: &Range<usize>) -> Option<f64> {
        if self.is_exact { Some(0.0) } else { self.running.variance(part) }
    }
}

/// Mean and squared deviations of each parameter, by Welford's recursion, which finds none among
/// equal numbers.
#[derive(Default)]
pub(super) struct Running {
    pub(super) count: usize,
    pub(super) mean: Vec<f64>,
    squares: Vec<f64>,
}

impl Running {
    pub(super) fn add(&mut self, values: &[f64]) {
        self.mean.resize(values.len(), 0.0);
        self.squares.resize(values.len(), 0.0);
        self.count += 1;
        let sums = self.mean.iter_mut().zip(&mut self.squares);
        for ((mean, square), value) in sums.zip(values) {
            let before = value - *mean;
            *mean += before / self.count as f64;
            *square += before * (value - *mean);
        }
    }

    /// tr Cov; none of one.
    pub(super) fn variance(&self, part: &Range<usize>) -> Option<f64> {
        let sum: f64 = self.squares[part.clone()].iter().sum();
        (self.count > 1).then(|| sum / (self.count - 1) as f64)
    }

    /// The mean over parameters of |mean|/(sd + 1e-7); none of one.
    pub(super) fn signal_to_noise(&self, part: &Range<usize>) -> Option<f64> {
        let each = self.mean[part.clone()].iter().zip(&self.squares[part.clone()]);
        let ratios =
            each.map(|(mean, square)| mean.abs() / ((square / self.count as f64).sqrt() + 1e-7));
        (self.count > 1).then(|| ratios.sum::<f64>() / part.len() as f64)
    }
}

#[derive(Clone, Default)]
pub(super) struct Mean {
    sum: f64,
    count: usize,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    pub(super) fn value(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(super) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

/// None where one of them is zero.
pub(super) fn cosine(a: &[f64], b: &[f64]) -> Option<f64> {
    over(Some(dot(a, b)), (dot(a, a) * dot(b, b)).sqrt())
}

/// None for a divisor of zero.
pub(super) fn over(value: Option<f64>, by: f64) -> Option<f64> {
    value.filter(|_| by != 0.0).map(|value| value / by)
}

/// Blocks that draws are split into, at most; and at least, for there to be margins.
const BLOCKS: usize = 20;
const LEAST_BLOCKS: usize = 3;

/// The 97.5 % quantile of Student's t with 2, 3, … 19 degrees of freedom.
const STUDENT_T: [f64; BLOCKS - LEAST_BLOCKS + 1] = [
    4.302_653, 3.182_446, 2.776_445, 2.570_582, 2.446_912, 2.364_624, 2.306_004, 2.262_157,
    2.228_139, 2.200_985, 2.178_813, 2.160_369, 2.144_787, 2.131_450, 2.119_905, 2.109_816,
    2.100_922, 2.093_024,
];

/// The draws once more, split into blocks of equally many (but for one), to see how far a mean over
/// some of them is from that over others.
pub(super) struct Blocks(Vec<Running>);

/// What 95 % intervals are made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Margins {
    /// The ends of the interval of the squared bias, at least 0.
    pub(super) low: f64,
    pub(super) high: f64,
    /// Half the width of the variance's.
    pub(super) variance: f64,
}

impl Margins {
    /// Of a rule that draws nothing, whose squared bias is known exactly.
    pub(super) fn exact(squared_bias: f64) -> Self {
        Self { low: squared_bias, high: squared_bias, variance: 0.0 }
    }

    /// None for a gradient of zero.
    pub(super) fn over(self, power: f64) -> Option<Self> {
        let relative = |value: f64| over(Some(value), power);
        Some(Self {
            low: relative(self.low)?,
            high: relative(self.high)?,
            variance: relative(self.variance)?,
        })
    }
}

impl Blocks {
    /// For so many draws; of fewer than six there are no margins.
    pub(super) fn for_draws(count: usize) -> Self {
        let blocks = (count / 2).min(BLOCKS);
        let blocks = if blocks < LEAST_BLOCKS { 0 } else { blocks };
        Self((0..blocks).map(|_| Running::default()).collect())
    }

    pub(super) fn add(&mut self, index: usize, proposal: &[f64]) {
        let count = self.0.len();
        if count > 0 {
            self.0[index % count].add(proposal);
        }
    }

    /// For the unbiased estimate of β = ‖E G − ∇‖², and for tr Cov.
    ///
    /// The means y of B blocks, less ∇, are independent and have mean b = E G − ∇ and covariance Σ.
    /// The mean of yᵢ·yⱼ over pairs i ≠ j has the variance 4 bᵀΣb/B + 2 tr Σ²/(B(B − 1)), whatever
    /// the distribution. tr Σ² is estimated by what would be unbiased of normal means, which those
    /// of blocks nearly are: (B − 1)²/((B − 2)(B + 1)) · (tr S² − (tr S)²/(B − 1)), Srivastava 2005
    /// (doi 10.14490/jjss.35.251), S their sample covariance; bᵀΣb by β s, with s = ȳᵀSȳ/ȳᵀȳ the
    /// variance along the mean. The interval has every β that lies within t such standard errors
    /// from the estimate, as Wilson's of a share: a bias shows if it could not come about where
    /// there is none. For tr Cov the blocks' own variances are compared.
    pub(super) fn margins(
        &self,
        part: &Range<usize>,
        gradient: &[f64],
        squared_bias: f64,
    ) -> Option<Margins> {
        let t = *STUDENT_T.get(self.0.len().checked_sub(LEAST_BLOCKS)?)?;
        let count = self.0.len() as f64;
        let scatter = Scatter::of(&self.products(part, gradient));
        let null = t * t * at_least_0(2.0 * scatter.of_square / (count * (count - 1.0)));
        let slope = 2.0 * t * t * scatter.along / count;
        let middle = squared_bias + slope;
        let half = at_least_0(middle * middle - squared_bias * squared_bias + null).sqrt();
        let variances = self.0.iter().filter_map(|block| block.variance(part));
        Some(Margins {
            low: at_least_0(middle - half),
            high: at_least_0(middle + half),
            variance: t * standard_error(&variances.collect::<Vec<_>>()),
        })
    }

    /// yᵢ·yⱼ of all blocks.
    fn products(&self, part: &Range<usize>, gradient: &[f64]) -> Vec<Vec<f64>> {
        let off = |block: &Running| -> Vec<f64> {
            block.mean[part.clone()]
                .iter()
                .zip(gradient)
                .map(|(mean, exact)| mean - exact)
                .collect()
        };
        let off: Vec<Vec<f64>> = self.0.iter().map(off).collect();
        off.iter().map(|one| off.iter().map(|other| dot(one, other)).collect()).collect()
    }
}

/// How block means lie around their own mean.
struct Scatter {
    /// An estimate of tr Σ².
    of_square: f64,
    /// ȳᵀSȳ/ȳᵀȳ; 0 for a mean of zero.
    along: f64,
}

impl Scatter {
    /// From the products yᵢ·yⱼ.
    fn of(products: &[Vec<f64>]) -> Self {
        let count = products.len() as f64;
        let rows: Vec<f64> = products.iter().map(|row| row.iter().sum::<f64>() / count).collect();
        let grand = rows.iter().sum::<f64>() / count;
        let centred = |i: usize, j: usize| products[i][j] - rows[i] - rows[j] + grand;
        let places = 0..products.len();
        let trace = places.clone().map(|i| centred(i, i)).sum::<f64>() / (count - 1.0);
        let pairs = places.clone().flat_map(|i| places.clone().map(move |j| (i, j)));
        let squares = pairs.map(|(i, j)| centred(i, j).powi(2)).sum::<f64>();
        let excess = squares / (count - 1.0).powi(2) - trace.powi(2) / (count - 1.0);
        let along = rows.iter().map(|row| (row - grand).powi(2)).sum::<f64>() / (count - 1.0);
        Self {
            of_square: (count - 1.0).powi(2) / ((count - 2.0) * (count + 1.0)) * excess,
            along: over(Some(along), grand).unwrap_or_default(),
        }
    }
}

fn standard_error(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    (squares / (count - 1.0) / count).sqrt()
}

/// NaN stays NaN, which [`f64::max`] would hide.
pub(super) fn at_least_0(value: f64) -> f64 {
    if value < 0.0 { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{self, draw_normal};
    use crate::statistics::Estimate;

    #[test]
    fn quantiles_are_those_of_student() {
        for (index, t) in STUDENT_T.into_iter().enumerate() {
            let values: Vec<f64> = (0..index + LEAST_BLOCKS).map(|value| value as f64).collect();
            let estimate = Estimate::over_splits(&values, 0.0);
            let exact = (estimate.high().unwrap() - estimate.mean) / estimate.sem.unwrap();
            assert!((t - exact).abs() < 1e-5, "{t} {exact}");
        }
    }

    /// Six draws of one parameter are three blocks of 1 and 4, 2 and 5, 3 and 9: means 2.5, 3.5 and
    /// 6.
    #[test]
    fn margins_by_hand() {
        let mut blocks = Blocks::for_draws(6);
        for (index, value) in [1.0, 2.0, 3.0, 4.0, 5.0, 9.0].into_iter().enumerate() {
            blocks.add(index, &[value]);
        }
        // y is 1.5, 2.5 and 5, their mean 3 and their variance S = (2.25 + 0.25 + 4)/2. Of one
        // parameter tr S² is (tr S)² and s is S.
        let (s, t, found): (f64, f64, f64) = (3.25, 4.302_653, 8.0);
        let of_square = 4.0 / 4.0 * (s * s - s * s / 2.0);
        let margins = blocks.margins(&(0..1), &[1.0], found).unwrap();
        // Both ends are t standard errors from what was found, or the lower is 0.
        let error = |beta: f64| (4.0 * beta * s / 3.0 + 2.0 * of_square / 6.0).sqrt();
        assert!((margins.high - found - t * error(margins.high)).abs() < 1e-9, "{margins:?}");
        let is_end = (found - margins.low - t * error(margins.low)).abs() < 1e-9;
        assert!(is_end && margins.low > 0.0, "{margins:?}");
        let none = blocks.margins(&(0..1), &[1.0], 0.9 * t * error(0.0)).unwrap();
        assert_eq!(none.low, 0.0);
        // The blocks' own variances are 4.5, 4.5 and 18.
        let error = (2.0 * 4.5_f64.powi(2) + 9.0_f64.powi(2)) / 2.0 / 3.0;
        assert!((margins.variance - 4.302_653 * error.sqrt()).abs() < 1e-9, "{margins:?}");
        assert!(Blocks::for_draws(5).margins(&(0..1), &[1.0], found).is_none());
    }

    /// Of 400 experiments with 60 draws each, of a known bias.
    fn covered(bias: f32) -> (f64, f64) {
        let (mut squared, mut variances) = (0, 0);
        for experiment in 0..400 {
            let mut rng = random::stream(experiment, "draws");
            let (mut running, mut blocks) = (Running::default(), Blocks::for_draws(60));
            for index in 0..60 {
                let mut draw = [0.0_f32; 10];
                draw_normal(&mut draw, &mut rng);
                draw[0] += bias;
                let draw = draw.map(f64::from);
                running.add(&draw);
                blocks.add(index, &draw);
            }
            let variance = running.variance(&(0..10)).unwrap();
            let found = dot(&running.mean, &running.mean) - variance / 60.0;
            let margins = blocks.margins(&(0..10), &[0.0; 10], found).unwrap();
            let truth = f64::from(bias).powi(2);
            squared += u32::from(margins.low <= truth && truth <= margins.high);
            variances += u32::from((variance - 10.0).abs() <= margins.variance);
        }
        (f64::from(squared) / 400.0, f64::from(variances) / 400.0)
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        for bias in [0.0, 0.3, 3.0] {
            let (squared, variance) = covered(bias);
            // 95 % less four standard errors of 400 trials; not all of them either.
            for share in [squared, variance] {
                assert!((0.906..0.995).contains(&share), "bias {bias}: {squared} {variance}");
            }
        }
    }
}
