//! The synapses of a projection, in the order in which spikes find them.

/// Synapses by presynaptic neuron, then delay, then postsynaptic neuron.
#[derive(Debug, Clone)]
pub(super) struct Wiring {
    /// The different delays in steps, ascending.
    pub(super) delays: Vec<u32>,
    /// Where the synapses of presynaptic neuron i with delay d begin, at i · delays + d.
    starts: Vec<usize>,
    /// The postsynaptic neuron of each synapse.
    pub(super) targets: Vec<u32>,
    /// At which place each given pair stands.
    pub(super) places: Vec<u32>,
    /// Whether each presynaptic neuron has all postsynaptic ones in their order.
    pub(super) full: bool,
}

/// Synapses by postsynaptic neuron.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    starts: Vec<usize>,
    /// The place of each synapse, and its presynaptic neuron and delay as one index.
    synapses: Vec<(u32, u32)>,
}

impl Wiring {
    pub(super) fn new(pairs: &[[u32; 2]], delays: &[u32], [pre, post]: [usize; 2]) -> Self {
        let mut different = delays.to_vec();
        different.sort_unstable();
        different.dedup();
        let class = |delay: u32| different.partition_point(|&other| other < delay);
        let segment =
            |at: usize| pairs[at][0] as usize * different.len().max(1) + class(delays[at]);
        let mut order: Vec<u32> = (0..pairs.len() as u32).collect();
        order.sort_by_cached_key(|&at| (segment(at as usize), pairs[at as usize][1]));
        let mut starts = vec![0; pre * different.len().max(1) + 1];
        order.iter().for_each(|&at| starts[segment(at as usize) + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let mut places = vec![0; pairs.len()];
        order.iter().enumerate().for_each(|(place, &at)| places[at as usize] = place as u32);
        let targets = order.iter().map(|&at| pairs[at as usize][1]).collect();
        let full = different.len() == 1 && pairs.len() == pre * post;
        Self { delays: different, starts, targets, places, full }
    }

    /// How many pairs of presynaptic neuron and delay there are.
    pub(super) fn segments(&self) -> usize {
        self.starts.len() - 1
    }

    /// The index of a presynaptic neuron and a delay.
    pub(super) fn segment(&self, pre: u32, class: usize) -> usize {
        pre as usize * self.delays.len() + class
    }

    /// The places of the synapses of a segment.
    pub(super) fn places_of(&self, segment: usize) -> std::ops::Range<usize> {
        self.starts[segment]..self.starts[segment + 1]
    }

    pub(super) fn columns(&self, post: usize) -> Columns {
        let mut starts = vec![0; post + 1];
        self.targets.iter().for_each(|&target| starts[target as usize + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let (mut next, mut synapses) = (starts.clone(), vec![(0, 0); self.targets.len()]);
        for segment in 0..self.segments() {
            for place in self.places_of(segment) {
                let slot = &mut next[self.targets[place] as usize];
                synapses[*slot] = (place as u32, segment as u32);
                *slot += 1;
            }
        }
        Columns { starts, synapses }
    }
}

impl Columns {
    /// The synapses of a postsynaptic neuron.
    pub(super) fn of(&self, post: u32) -> &[(u32, u32)] {
        &self.synapses[self.starts[post as usize]..self.starts[post as usize + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synapses_are_found_from_both_sides() {
        let pairs = [[1, 0], [0, 2], [0, 1], [1, 2]];
        let wiring = Wiring::new(&pairs, &[5, 3, 5, 5], [2, 3]);
        assert_eq!(wiring.delays, [3, 5]);
        let targets = |pre, class| {
            let places = wiring.places_of(wiring.segment(pre, class));
            wiring.targets[places].to_vec()
        };
        assert_eq!((targets(0, 0), targets(0, 1)), (vec![2], vec![1]));
        assert_eq!((targets(1, 0), targets(1, 1)), (vec![], vec![0, 2]));
        let columns = wiring.columns(3);
        assert_eq!(columns.of(2), [(0, 0), (3, 3)]);
        assert_eq!(columns.of(0), [(2, 3)]);
        assert_eq!(wiring.places, [2, 0, 1, 3]);
        assert!(!wiring.full);
        let full = Wiring::new(&[[0, 0], [0, 1]], &[0, 0], [1, 2]);
        assert!(full.full);
        assert_eq!(Wiring::new(&[], &[], [2, 2]).segments(), 2);
    }
}
