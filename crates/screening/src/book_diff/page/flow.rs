//! The flow from old to new statuses, as lines and boxes of a drawing.
//!
//! Owns the geometry: boxes of the old statuses on the left, of the new ones on the right, and a ribbon for each move
//! between. Heights are proportional to counts. It writes no words.

/// The statuses of the drawing, with that of a support which a book does not have.
pub(super) const STATUSES: usize = 4;

/// The width of the drawing.
pub(super) const WIDTH: u32 = 360;
/// The left edge of the left boxes, and the width of any box.
const LEFT: u32 = 114;
const BOX: u32 = 10;
/// The height that all boxes of a side share, and the gap between two.
const HEIGHT: u64 = 220;
const GAP: u64 = 14;

/// A box of one status on one side.
pub(super) struct FlowBox {
    /// The index of its status.
    pub(super) status: usize,
    /// Its left edge, its top and its height.
    pub(super) x: u32,
    pub(super) y: String,
    pub(super) height: String,
    /// Where its label is written, and whether that ends there.
    pub(super) label_x: u32,
    pub(super) label_y: String,
    pub(super) is_left: bool,
    /// How many.
    pub(super) count: u64,
}

/// A ribbon between two boxes.
pub(super) struct Ribbon {
    /// The index of the new status.
    pub(super) after: usize,
    /// Its outline.
    pub(super) path: String,
}

/// The drawing.
pub(super) struct Flow {
    pub(super) boxes: Vec<FlowBox>,
    pub(super) ribbons: Vec<Ribbon>,
    pub(super) height: u64,
}

/// Tenths of a unit as a number.
fn tenths(value: u64) -> String {
    format!("{}.{}", value / 10, value % 10)
}

impl Flow {
    /// The drawing of a matrix of moves; `None` if there is none.
    pub(super) fn new(moves: &[[u64; STATUSES]; STATUSES]) -> Option<Self> {
        let total: u64 = moves.iter().flatten().sum();
        if total == 0 {
            return None;
        }
        let sums = [
            moves.map(|row| row.iter().sum::<u64>()),
            std::array::from_fn(|after| moves.iter().filter_map(|row| row.get(after)).sum()),
        ];
        // Everything is in tenths, so that thin ribbons are still drawn.
        let scaled = |count: u64| {
            let height = u128::from(count) * u128::from(HEIGHT) * 10 / u128::from(total);
            u64::try_from(height).unwrap_or(0).max(6)
        };
        let mut boxes = Vec::new();
        let mut tops = [[0_u64; STATUSES]; 2];
        let mut bottom = 0;
        for ((side, sums), tops) in sums.iter().enumerate().zip(&mut tops) {
            let is_left = side == 0;
            let mut y = 100;
            for ((status, count), top) in sums.iter().enumerate().zip(tops) {
                *top = y;
                if *count == 0 {
                    continue;
                }
                // The ribbons of a box may be wider than it, if they are drawn wider than they are.
                let parts = (0..STATUSES).filter_map(|other| {
                    let (before, after) = if is_left { (status, other) } else { (other, status) };
                    moves.get(before)?.get(after).copied()
                });
                let height: u64 = parts.filter(|count| *count > 0).map(scaled).sum();
                let x = if is_left { LEFT } else { WIDTH - LEFT - BOX };
                boxes.push(FlowBox {
                    status,
                    x,
                    y: tenths(y),
                    height: tenths(height),
                    label_x: if is_left { LEFT - 6 } else { WIDTH - LEFT + 6 },
                    label_y: tenths(y + height / 2),
                    is_left,
                    count: *count,
                });
                y += height.max(260) + GAP * 10;
                bottom = bottom.max(y);
            }
        }
        let [mut left, mut right] = tops;
        let mut ribbons = Vec::new();
        for (row, from) in moves.iter().zip(&mut left) {
            for ((after, count), to) in row.iter().enumerate().zip(&mut right) {
                if *count == 0 {
                    continue;
                }
                let height = scaled(*count);
                let (x1, x2, middle) = (LEFT + BOX, WIDTH - LEFT - BOX, WIDTH / 2);
                let (a, b, c, d) =
                    (tenths(*from), tenths(*to), tenths(*to + height), tenths(*from + height));
                ribbons.push(Ribbon {
                    after,
                    path: format!(
                        "M{x1} {a}C{middle} {a} {middle} {b} {x2} {b}V{c}C{middle} {c} {middle} {d} {x1} {d}Z"
                    ),
                });
                *from += height;
                *to += height;
            }
        }
        Some(Self { boxes, ribbons, height: bottom.div_ceil(10) })
    }
}

#[cfg(test)]
#[test]
fn boxes_are_as_high_as_their_ribbons() {
    let mut moves = [[0; STATUSES]; STATUSES];
    moves[0][1] = 300;
    moves[0][2] = 100;
    moves[2][0] = 1;
    let flow = Flow::new(&moves).unwrap();
    let boxes: Vec<(bool, usize, u64, &str)> = flow
        .boxes
        .iter()
        .map(|one| (one.is_left, one.status, one.count, one.height.as_str()))
        .collect();
    assert_eq!(
        boxes,
        [
            (true, 0, 400, "219.3"),
            (true, 2, 1, "0.6"),
            (false, 0, 1, "0.6"),
            (false, 1, 300, "164.5"),
            (false, 2, 100, "54.8")
        ]
    );
    assert_eq!(flow.ribbons.len(), 3);
    assert!(Flow::new(&[[0; STATUSES]; STATUSES]).is_none());
}
