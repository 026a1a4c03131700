//! What only a notebook needs; no other room imports this one.
//!
//! A notebook's first cell ends with [`start`]. [`EvcxrDisplay`], in scope through the prelude,
//! shows data frames, arrays, numbers and texts at the end of a cell. [`setting_count`],
//! [`setting_number`] and [`setting_seed`] read the sizes of an experiment, which a quick run makes
//! smaller. Progress lines are [`crate::display::Progress`], where the rooms that compute can reach
//! them.
//!
//! | environment variable | effect |
//! |---|---|
//! | `MICROLEARNERS_QUICK` | settings take their quick values |
//! | `MICROLEARNERS_FIGURES` | published figures are saved in this folder |
//! | `MICROLEARNERS_<NAME>` | the setting `NAME` takes this value |
//! | `MICROLEARNERS_STRICT` | a panic ends the process, so that a headless run fails |
//! | `MICROLEARNERS_HEADLESS` | no progress lines, nothing that differs between machines |

mod foreign;
mod mystery;
mod session;
mod settings;
mod strict;

use crate::display::is_on;
pub use crate::display::{EvcxrDisplay, is_quick};
pub use mystery::Mystery;
pub use session::{Session, start};
pub use settings::{setting_count, setting_number, setting_seed};
pub use strict::fail_on_panic;
