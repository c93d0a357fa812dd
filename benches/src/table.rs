//! What is printed: a row for each measure, with what the project wants of it.
use std::fmt;

/// What a ratio or a figure must not fall below or exceed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn admits(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(least) => figure >= least,
            Self::AtMost(most) => figure <= most,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => f.pad(&format!(">={least}")),
            Self::AtMost(most) => f.pad(&format!("<={most}")),
        }
    }
}

/// One measure.
#[derive(Clone, Debug)]
#[must_use]
pub(crate) struct Row {
    name: String,
    original: Option<f64>,
    ours: Option<f64>,
    floor: Option<f64>,
    ratio: Option<f64>,
    goal: Option<(Bound, Option<f64>)>,
}

impl Row {
    /// A row with the figures of the original and of ours, and their ratio; a figure may be missing.
    pub(crate) fn new(name: impl Into<String>, original: Option<f64>, ours: Option<f64>) -> Self {
        let (name, ratio) = (name.into(), quotient(ours, original));
        Self { name, original, ours, floor: None, ratio, goal: None }
    }

    /// A row that says how two figures of the same library compare, many of something with few: `[original, ours]` of
    /// both.
    pub(crate) fn relation(name: impl Into<String>, many: [Option<f64>; 2], few: [Option<f64>; 2]) -> Self {
        let [original, ours] = [0, 1].map(|side| quotient(many[side], few[side]));
        Self { ratio: ours, ..Self::new(name, original, ours) }
    }

    /// Adds the floor's figure.
    pub(crate) fn floor(self, floor: Option<f64>) -> Self {
        Self { floor, ..self }
    }

    /// Has the ratio be that to the floor's figure.
    pub(crate) fn against_floor(self) -> Self {
        Self { ratio: quotient(self.ours, self.floor), ..self }
    }

    /// What the ratio should be.
    pub(crate) fn goal(self, bound: Bound) -> Self {
        Self { goal: Some((bound, self.ratio)), ..self }
    }

    /// What our figure should be.
    pub(crate) fn goal_of_figure(self, bound: Bound) -> Self {
        Self { goal: Some((bound, self.ours)), ..self }
    }

    /// Has nobody judge the goal.
    fn unjudged(self) -> Self {
        Self { goal: self.goal.map(|(bound, _)| (bound, None)), ..self }
    }

    fn is_met(&self) -> Option<bool> {
        let (bound, figure) = self.goal?;
        Some(bound.admits(figure?))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [original, ours, floor] = [self.original, self.ours, self.floor].map(readable);
        let ratio = self.ratio.map_or_else(|| "-".into(), |ratio| format!("{ratio:.2}"));
        let goal = self.goal.map_or_else(|| "-".into(), |(bound, _)| bound.to_string());
        let met = self.is_met().map_or("-", |is_met| if is_met { "met" } else { "not met" });
        write!(f, "{:53} {original:>11} {ours:>11} {floor:>11} {ratio:>7} {goal:>8}  {met}", self.name)
    }
}

fn quotient(figure: Option<f64>, of: Option<f64>) -> Option<f64> {
    Some(figure? / of?).filter(|ratio| ratio.is_finite())
}

/// Four digits or so, with separators.
fn readable(figure: Option<f64>) -> String {
    match figure {
        None => "-".into(),
        Some(figure) if figure.abs() < 10.0 => format!("{figure:.3}"),
        Some(figure) if figure.abs() < 1000.0 => format!("{figure:.1}"),
        Some(figure) => grouped(figure.round() as i64),
    }
}

/// A number with a comma before every three digits.
pub(crate) fn grouped(number: impl Into<i64>) -> String {
    let digits = number.into().to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The table as far as it has been printed.
#[derive(Debug)]
pub(crate) struct Table {
    judges: bool,
    goals: usize,
    met: usize,
}

impl Table {
    /// Prints the heading. Whether goals are met is said if the table judges.
    pub(crate) fn begin(judges: bool) -> Self {
        println!(
            "{:53} {:>11} {:>11} {:>11} {:>7} {:>8}",
            "measure", "original", "ours", "floor", "ratio", "goal"
        );
        Self { judges, goals: 0, met: 0 }
    }

    pub(crate) fn row(&mut self, row: Row) {
        let row = if self.judges { row } else { row.unjudged() };
        println!("{row}");
        self.goals += usize::from(row.goal.is_some());
        self.met += usize::from(row.is_met() == Some(true));
    }

    /// Says something that is no figure.
    pub(crate) fn note(&mut self, text: impl fmt::Display) {
        println!("  ({text})");
    }

    pub(crate) fn end(self) {
        match self.judges {
            true => println!("{} of {} goals met", self.met, self.goals),
            false => println!("{} goals, not judged: this only shows that everything runs", self.goals),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bound, Row, grouped};

    fn ends(row: Row, end: &str) {
        let row = row.to_string();
        let words: Vec<_> = row.split_whitespace().collect();
        let last = end.split_whitespace().count();
        assert_eq!(words[words.len() - last..].join(" "), end);
    }

    #[test]
    fn a_goal_is_met_or_not() {
        let row = Row::new("rate", Some(100_000.0), Some(160_000.0)).floor(Some(200_000.0));
        ends(row.clone().goal(Bound::AtLeast(1.6)), "100,000 160,000 200,000 1.60 >=1.6 met");
        ends(row.clone().goal(Bound::AtLeast(1.61)), "1.60 >=1.61 not met");
        ends(row.clone().against_floor().goal(Bound::AtMost(0.79)), "0.80 <=0.79 not met");
        ends(row.clone().goal_of_figure(Bound::AtMost(160_000.0)), "1.60 <=160000 met");
        ends(row.clone().goal(Bound::AtLeast(1.6)).unjudged(), "1.60 >=1.6 -");
        ends(row, "1.60 - -");
    }

    #[test]
    fn what_was_not_measured_is_not_met() {
        let row = Row::new("rate", None, Some(1.0)).goal(Bound::AtLeast(0.0));
        ends(row, "- 1.000 - - >=0 -");
        ends(Row::relation("rate", [None, Some(9.0)], [Some(2.0), Some(3.0)]), "- 3.000 - 3.00 - -");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([1, 999, 1_000, 1_234_567].map(grouped), ["1", "999", "1,000", "1,234,567"]);
    }
}
