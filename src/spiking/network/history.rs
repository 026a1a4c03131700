//! The latest spikes of a population, for delays.

/// Which neurons fired in each of the latest steps.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// The spikes of step n at n modulo the length.
    lists: Vec<Vec<u32>>,
    now: u64,
}

impl History {
    /// No spikes yet, in a network that is at `step`.
    pub(super) fn starting_at(step: u64) -> Self {
        Self { lists: vec![Vec::new()], now: step }
    }

    /// Remembers at least the present step and `steps` before it.
    pub(super) fn remember(&mut self, steps: usize) {
        let wanted = steps + 1;
        if wanted <= self.lists.len() {
            return;
        }
        let mut lists = vec![Vec::new(); wanted];
        for age in 0..self.lists.len().min(self.now as usize + 1) {
            let step = self.now - age as u64;
            let from = (step % self.lists.len() as u64) as usize;
            lists[(step % wanted as u64) as usize] = std::mem::take(&mut self.lists[from]);
        }
        self.lists = lists;
    }

    /// Begins the next step; gives the list of its spikes to be filled.
    pub(super) fn next_step(&mut self) -> &mut Vec<u32> {
        self.now += 1;
        let at = (self.now % self.lists.len() as u64) as usize;
        self.lists[at].clear();
        &mut self.lists[at]
    }

    /// The spikes of the present step.
    pub(super) fn now(&self) -> &[u32] {
        self.before(0)
    }

    /// The spikes of so many steps before the present one, which must be remembered.
    pub(super) fn before(&self, steps: u32) -> &[u32] {
        match self.now.checked_sub(u64::from(steps)) {
            Some(step) => &self.lists[(step % self.lists.len() as u64) as usize],
            None => &[],
        }
    }

    pub(super) fn clear(&mut self) {
        self.lists.iter_mut().for_each(Vec::clear);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spikes_are_found_again_also_after_the_memory_grew() {
        let mut history = History::starting_at(0);
        history.remember(2);
        for neuron in 1..=5 {
            history.next_step().push(neuron);
        }
        assert_eq!((history.now(), history.before(2)), (&[5][..], &[3][..]));
        history.remember(4);
        assert_eq!((history.now(), history.before(2)), (&[5][..], &[3][..]));
        history.next_step().push(6);
        assert_eq!(history.before(3), [3]);
        assert!(History::starting_at(0).before(9).is_empty());
    }
}
