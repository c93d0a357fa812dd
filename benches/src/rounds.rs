//! Rounds and medians.
use crate::error::BenchError;
use std::collections::BTreeMap;

/// What several rounds gave, in each of which every case had its turn.
#[derive(Debug)]
pub(crate) struct Rounds<C, S>(BTreeMap<C, Vec<S>>);

impl<C: Copy + Ord, S> Rounds<C, S> {
    /// Measures every case once a round.
    pub(crate) fn measure(
        rounds: usize,
        cases: &[C],
        mut once: impl FnMut(C) -> Result<S, BenchError>,
    ) -> Result<Self, BenchError> {
        let mut samples = BTreeMap::<C, Vec<S>>::new();
        for _ in 0..rounds {
            for case in cases {
                samples.entry(*case).or_default().push(once(*case)?);
            }
        }
        Ok(Self(samples))
    }

    /// The median of a figure of a case; none if the case was not measured.
    pub(crate) fn median(&self, case: C, figure: impl Fn(&S) -> f64) -> Option<f64> {
        let mut figures: Vec<f64> = self.0.get(&case)?.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Rounds;

    #[test]
    fn an_outlier_does_not_count() {
        let mut figures = [7.0, 1.0, 900.0, 2.0, 8.0, 3.0].into_iter();
        let rounds = Rounds::measure(3, &['a', 'b'], |_| Ok(figures.next().unwrap())).unwrap();
        // By turns: a 7, b 1, a 900, b 2, a 8, b 3.
        assert_eq!(rounds.median('a', |figure| *figure), Some(8.0));
        assert_eq!(rounds.median('b', |figure| *figure), Some(2.0));
        assert_eq!(rounds.median('c', |figure| *figure), None);
    }
}
