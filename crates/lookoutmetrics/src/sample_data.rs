//! Samples of data. This version has no access to data yet, and says so.

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_wire::Shape;

use crate::{
    error,
    metric_source::{FileFormatDescriptor, HistoricalDataPathList, TemplatedPathList},
    names::Arn,
    role,
};

/// Shows some records of a source, as its role sees them.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_GetSampleData.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "GetSampleDataRequest")]
pub struct GetSampleData {
    s3_source_config: Option<SampleDataS3SourceConfig>,
}

/// A source in Amazon S3.
#[derive(Debug, Clone, Shape)]
pub struct SampleDataS3SourceConfig {
    role_arn: Arn,
    templated_path_list: Option<TemplatedPathList>,
    historical_data_path_list: Option<HistoricalDataPathList>,
    file_format_descriptor: FileFormatDescriptor,
}

/// The columns' names, and records.
#[derive(Debug, Shape)]
pub struct GetSampleDataResponse {
    header_values: Option<Vec<String>>,
    sample_rows: Option<Vec<Vec<String>>>,
}

impl Operation for GetSampleData {
    const ACTION: &'static str = "lookoutmetrics:GetSampleData";
    const EFFECT: Effect = Effect::Read;
    type Output = GetSampleDataResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let mut checks = vec![Check::new(Self::ACTION, "*")];
        if let Some(source) = &self.s3_source_config {
            checks.push(role::may_pass(scope, &source.role_arn)?);
        }
        Ok(checks.into())
    }

    fn run(&self, _: &mut Context<'_>) -> Result<Self::Output, Error> {
        Err(error::not_available("Access to data, and so to samples of it,"))
    }
}
