//! Curves as a picture: panels side by side, a number of sessions on the x-axis of each, which is logarithmic.
use std::fmt::{self, Write};

/// What the panels show, from left to right.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) title: String,
    pub(crate) panels: Vec<Panel>,
}

/// One diagram.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) x_title: String,
    pub(crate) curves: Vec<Curve>,
    /// Whether the y-axis is logarithmic too; else it begins at 0.
    pub(crate) is_logarithmic: bool,
}

/// The points of one subject, `(x, y)`, both above 0.
#[derive(Debug)]
pub(crate) struct Curve {
    pub(crate) name: String,
    pub(crate) color: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 70.0;
const BOTTOM: f64 = 50.0;

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = WIDTH * self.panels.len() as f64;
        writeln!(
            f,
            "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{HEIGHT}' viewBox='0 0 {width} {HEIGHT}' \
             font-family='sans-serif' font-size='12' fill='#333'>"
        )?;
        writeln!(f, "<rect width='100%' height='100%' fill='white'/>")?;
        writeln!(f, "{}", text(width / 2.0, 20.0, "middle", &self.title))?;
        for (i, panel) in self.panels.iter().enumerate() {
            writeln!(f, "<g transform='translate({},0)'>\n{panel}</g>", WIDTH * i as f64)?;
        }
        writeln!(f, "</svg>")
    }
}

impl fmt::Display for Panel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let x = Axis::logarithmic(points().map(|point| point.0), LEFT, WIDTH - RIGHT);
        let heights = points().map(|point| point.1);
        let (bottom, top) = (HEIGHT - BOTTOM, TOP);
        let y = match self.is_logarithmic {
            true => Axis::logarithmic(heights, bottom, top),
            false => Axis::linear(heights, bottom, top),
        };
        writeln!(f, "{}", text(LEFT, 44.0, "start", &self.title))?;
        writeln!(f, "{}", text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 12.0, "middle", &self.x_title))?;
        for tick in x.ticks() {
            let at = x.at(tick);
            writeln!(f, "<line x1='{at:.1}' y1='{top}' x2='{at:.1}' y2='{bottom}' stroke='#eee'/>")?;
            writeln!(f, "{}", text(at, bottom + 18.0, "middle", &label(tick)))?;
        }
        for tick in y.ticks() {
            let at = y.at(tick);
            writeln!(
                f,
                "<line x1='{LEFT}' y1='{at:.1}' x2='{}' y2='{at:.1}' stroke='#ddd'/>",
                WIDTH - RIGHT
            )?;
            writeln!(f, "{}", text(LEFT - 6.0, at + 4.0, "end", &label(tick)))?;
        }
        for (i, curve) in self.curves.iter().enumerate() {
            curve.draw(f, &x, &y)?;
            let right = LEFT + 90.0 * i as f64;
            writeln!(f, "<rect x='{right}' y='53' width='12' height='4' fill='{}'/>", curve.color)?;
            writeln!(f, "{}", text(right + 17.0, 60.0, "start", &curve.name))?;
        }
        Ok(())
    }
}

impl Curve {
    fn draw(&self, f: &mut fmt::Formatter<'_>, x: &Axis, y: &Axis) -> fmt::Result {
        let places: Vec<_> = self.points.iter().map(|point| (x.at(point.0), y.at(point.1))).collect();
        let line = places.iter().fold(String::new(), |mut line, (x, y)| {
            let _ = write!(line, "{x:.1},{y:.1} ");
            line
        });
        writeln!(f, "<polyline points='{line}' fill='none' stroke='{}' stroke-width='2'/>", self.color)?;
        places.iter().try_for_each(|(x, y)| {
            writeln!(f, "<circle cx='{x:.1}' cy='{y:.1}' r='3' fill='{}'/>", self.color)
        })
    }
}

/// Where figures stand between two ends of a panel.
#[derive(Debug)]
struct Axis {
    least: f64,
    most: f64,
    begin: f64,
    end: f64,
    is_logarithmic: bool,
}

impl Axis {
    /// From 0 to a round number.
    fn linear(figures: impl Iterator<Item = f64>, begin: f64, end: f64) -> Self {
        let most = figures.fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        let step = step(most);
        Self { least: 0.0, most: (most / step).ceil() * step, begin, end, is_logarithmic: false }
    }

    /// From a power of ten to a power of ten.
    fn logarithmic(figures: impl Iterator<Item = f64> + Clone, begin: f64, end: f64) -> Self {
        let least = figures.clone().fold(f64::INFINITY, f64::min).log10().floor();
        let most = figures.fold(0.0, f64::max).log10().ceil().max(least + 1.0);
        let (least, most) =
            if least.is_finite() { (10f64.powf(least), 10f64.powf(most)) } else { (1.0, 10.0) };
        Self { least, most, begin, end, is_logarithmic: true }
    }

    fn at(&self, figure: f64) -> f64 {
        let part = match self.is_logarithmic {
            true => (figure / self.least).log10() / (self.most / self.least).log10(),
            false => (figure - self.least) / (self.most - self.least),
        };
        self.begin + part * (self.end - self.begin)
    }

    fn ticks(&self) -> Vec<f64> {
        let step = step(self.most);
        let next = |figure: &f64| Some(if self.is_logarithmic { figure * 10.0 } else { figure + step });
        let most = self.most * 1.001;
        std::iter::successors(Some(self.least), next).take_while(|tick| *tick <= most).collect()
    }
}

/// A round number of which some go into another number.
fn step(most: f64) -> f64 {
    let power = 10f64.powf(most.log10().floor());
    let parts = most / power;
    power
        * if parts < 2.0 {
            0.25
        } else if parts < 5.0 {
            0.5
        } else {
            1.0
        }
}

fn label(figure: f64) -> String {
    if figure >= 1_000_000.0 {
        format!("{}M", figure / 1_000_000.0)
    } else if figure >= 1_000.0 {
        format!("{}k", figure / 1_000.0)
    } else {
        // Powers of ten that were multiplied out are not quite what they should be.
        format!("{}", (figure * 1e6).round() / 1e6)
    }
}

fn text(x: f64, y: f64, anchor: &str, words: &str) -> String {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    format!("<text x='{x:.1}' y='{y:.1}' text-anchor='{anchor}'>{words}</text>")
}

#[cfg(test)]
mod tests {
    use super::{Axis, Curve, Panel, Picture};

    #[test]
    fn axes_end_at_round_numbers() {
        let axis = Axis::linear([3.0, 173_000.0].into_iter(), 0.0, 100.0);
        assert_eq!(axis.ticks(), [0.0, 25e3, 50e3, 75e3, 100e3, 125e3, 150e3, 175e3]);
        assert_eq!(axis.at(87_500.0), 50.0);
        let axis = Axis::logarithmic([3.0, 400.0].into_iter(), 0.0, 100.0);
        assert_eq!(axis.ticks(), [1.0, 10.0, 100.0, 1000.0]);
        assert!((axis.at(10.0) - 100.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_picture_without_points_is_one() {
        let axis = Axis::logarithmic(std::iter::empty(), 0.0, 1.0);
        assert_eq!(axis.ticks(), [1.0, 10.0]);
    }

    #[test]
    fn every_curve_has_its_points() {
        let curve = |name: &str, points| Curve { name: name.into(), color: "red", points };
        let curves = vec![curve("a & b", vec![(1.0, 5.0), (10.0, 7.0)]), curve("c", vec![(1.0, 2.0)])];
        let panel = Panel { title: "t".into(), x_title: "x".into(), curves, is_logarithmic: false };
        let picture = Picture { title: "T".into(), panels: vec![panel] }.to_string();
        assert_eq!(picture.matches("<circle").count(), 3);
        assert!(picture.contains("a &amp; b"), "{picture}");
        assert!(!picture.contains("NaN") && !picture.contains("inf"), "{picture}");
    }
}
