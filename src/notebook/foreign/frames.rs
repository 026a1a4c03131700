//! Tables of polars, and what is asked of them.

use polars::prelude::{
    AnyValue, ChunkedArray, Column, DataFrame, DataType, IntoSeries, LazyFrame, PlSmallStr,
    PolarsDataType, Schema, Series,
};

use crate::display::{Blocks, EvcxrDisplay, Grid, Side, columns_grid, count, table_grid};

impl EvcxrDisplay for DataFrame {
    fn evcxr_blocks(&self) -> Blocks {
        table_grid(self).blocks()
    }
}

impl EvcxrDisplay for Series {
    fn evcxr_blocks(&self) -> Blocks {
        Column::from(self.clone()).evcxr_blocks()
    }
}

impl EvcxrDisplay for Column {
    fn evcxr_blocks(&self) -> Blocks {
        let (name, kind) = (self.name(), self.dtype());
        let nulls = match self.null_count() {
            0 => String::new(),
            nulls => format!(", {nulls} of them null"),
        };
        let caption = format!("column {name} of {kind}: {}{nulls}", count(self.len(), "value"));
        columns_grid(&caption, &self.clone().into_frame()).blocks()
    }
}

impl<T: PolarsDataType> EvcxrDisplay for ChunkedArray<T>
where
    Self: IntoSeries + Clone,
{
    fn evcxr_blocks(&self) -> Blocks {
        self.clone().into_series().evcxr_blocks()
    }
}

impl EvcxrDisplay for LazyFrame {
    fn evcxr_blocks(&self) -> Blocks {
        let plan = self.describe_plan().unwrap_or_else(|problem| problem.to_string());
        Blocks::preformatted(format!(
            "a table not yet computed; .collect()? computes it\n\n{plan}\n"
        ))
    }
}

impl EvcxrDisplay for Schema {
    fn evcxr_blocks(&self) -> Blocks {
        let grid = Grid::new(count(self.len(), "column"))
            .column("column", Side::Left)
            .column("type", Side::Left);
        let row = |grid: Grid, (name, kind): (&PlSmallStr, &DataType)| {
            grid.row([name.to_string(), kind.to_string()])
        };
        self.iter().fold(grid, row).blocks()
    }
}

impl EvcxrDisplay for AnyValue<'_> {
    fn evcxr_blocks(&self) -> Blocks {
        match self.extract::<f64>() {
            Some(number) if self.is_float() => number.evcxr_blocks(),
            _ => Blocks::text(self.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{html, text};
    use super::*;
    use polars::prelude::{IntoLazy, col, df};

    fn table() -> DataFrame {
        df!("rule" => ["oja", "<b>"], "loss" => [Some(0.25), None]).unwrap()
    }

    #[test]
    fn frames_come_as_html_and_text() {
        let expected = "2 rows × 2 columns\nrule  loss\nstr    f64\noja   0.25\n<b>   null\n";
        assert_eq!(text(&table()), expected);
        assert!(html(&table()).contains("&lt;b&gt;") && html(&table()).contains(">null<"));
    }

    #[test]
    fn columns_say_name_type_length_and_nulls() {
        let expected = "column loss of f64: 2 values, 1 of them null\nloss\n f64\n0.25\nnull\n";
        let table = table();
        let column = table.column("loss").unwrap();
        assert_eq!(text(column), expected);
        assert_eq!(text(column.as_materialized_series()), expected);
        assert_eq!(text(column.f64().unwrap()), expected);
    }

    #[test]
    fn a_plan_is_preformatted_and_harmless() {
        let plan = table().lazy().filter(col("loss").lt(polars::prelude::lit(0.5)));
        assert!(
            text(&plan).starts_with("a table not yet computed") && text(&plan).contains("FILTER")
        );
        assert!(html(&plan).starts_with("<pre style") && html(&plan).contains("&lt;"));
    }

    #[test]
    fn a_schema_is_a_table() {
        assert_eq!(text(table().schema()), "2 columns\ncolumn  type\nrule    str\nloss    f64\n");
        assert_eq!(text(&table().get(0).unwrap()), "[\"oja\", 0.25]");
    }
}
