"""What AWS's pages tell of Lookout for Metrics, played as they tell it; the client model; the audit trail.

https://docs.aws.amazon.com/lookoutmetrics/latest/dev/security_iam_troubleshoot.html
https://docs.aws.amazon.com/lookoutmetrics/latest/dev/permissions-user.html
https://docs.aws.amazon.com/lookoutmetrics/latest/dev/detectors-tags.html
"""

import json
import re
from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore.exceptions import ParamValidationError

from lookoutmetrics import (
    CSV, EVERYTHING, GROUP, ROWS, answer, arn, as_user, dataset, denied, make_alert, make_detector, not_found, data_role,
    sns, source, user_arn,
)
from server import (
    ACCOUNT, LOOKOUT, REGION, Server, allow, bartizan, not_authorized, policy, refused, statement, wait_until,
)

READ_ONLY = "arn:aws:iam::aws:policy/AmazonLookoutMetricsReadOnlyAccess"
FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonLookoutMetricsFullAccess"


@pytest.fixture
def lookout(server):
    """Lookout for Metrics as the root user calls it."""
    return server.client("lookoutmetrics")


# "Troubleshooting Amazon Lookout for Metrics identity and access"


def test_mateojackson_may_not_describe_a_detector(server, lookout, iam):
    """ "I am not authorized to perform an action in Lookout for Metrics" """
    detector = make_detector(lookout, "my-detector")
    mateo = as_user(server, "mateojackson", allow("lookoutmetrics:ListAnomalyDetectors"))
    found = mateo.list_anomaly_detectors()["AnomalyDetectorSummaryList"]
    assert [item["AnomalyDetectorName"] for item in found] == ["my-detector"]
    sentence = (
        "User: arn:aws:iam::123456789012:user/mateojackson is not authorized "
        "to perform: lookoutmetrics:DescribeAnomalyDetector "
        "on resource: arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:my-detector "
        "because no identity-based policy allows the lookoutmetrics:DescribeAnomalyDetector action"
    )
    with refused("AccessDeniedException", sentence, status=403):
        mateo.describe_anomaly_detector(AnomalyDetectorArn=detector)
    # "Mateo asks his administrator to update his policies": the next request is let in.
    asked_for = allow("lookoutmetrics:DescribeAnomalyDetector", detector)
    iam.put_user_policy(UserName="mateojackson", PolicyName="asked-for", PolicyDocument=asked_for)
    assert mateo.describe_anomaly_detector(AnomalyDetectorArn=detector)["Status"] == "INACTIVE"


def test_marymajor_may_not_pass_a_role(server, lookout, iam):
    """ "I am not authorized to perform iam:PassRole" """
    detector, role = make_detector(lookout, "my-detector"), data_role(server)
    mary = as_user(server, "marymajor", allow("lookoutmetrics:*"))
    sentence = (
        "User: arn:aws:iam::123456789012:user/marymajor is not authorized to perform: iam:PassRole "
        "on resource: arn:aws:iam::123456789012:role/LookoutMetricsRole "
        "because no identity-based policy allows the iam:PassRole action"
    )
    for call in (lambda: mary.create_metric_set(**dataset(detector, role)), lambda: make_alert(mary, detector, role)):
        with refused("AccessDeniedException", sentence, status=403):
            call()
    assert lookout.list_metric_sets()["MetricSetSummaryList"] == lookout.list_alerts()["AlertSummaryList"] == []
    # "Mary asks her administrator to update her policies to allow her to perform the iam:PassRole action."
    iam.put_user_policy(UserName="marymajor", PolicyName="asked-for", PolicyDocument=EVERYTHING)
    mary.create_metric_set(**dataset(detector, role))
    make_alert(mary, detector, role)


# "Identity-based IAM policies for Lookout for Metrics"


def test_the_intern_reads_what_is_named_for_interns(server):
    """The example with `intern-*`: read-only access to the resources whose names start so.

    The page gives the statements ids with a hyphen, which IAM does not take; they are left out here.
    """
    region = "us-east-2"

    def there(resource: str) -> str:
        return arn(resource, region=region)

    lookout = server.client("lookoutmetrics", region=region)
    role = data_role(server, region=region)
    for name in ("intern-shop", "shop", "internal"):
        detector = make_detector(lookout, name)
        of_interns = "sales" if name == "internal" else "intern-sales"
        lookout.create_metric_set(**dataset(detector, role, MetricSetName=of_interns))
    make_detector(lookout, "intern-web")
    lookout.create_metric_set(**dataset(there("AnomalyDetector:intern-web"), role, MetricSetName="visits"))
    for name in ("intern-alert", "alert"):
        make_alert(lookout, there("AnomalyDetector:intern-shop"), role, name)
    names = [there(f"{kind}intern-*") for kind in ("MetricSet/intern-*/", "Alert:", "AnomalyDetector:")]
    example = policy(
        statement("Allow", ["lookoutmetrics:List*", "lookoutmetrics:Get*", "lookoutmetrics:Describe*"], names),
        statement("Allow", ["lookoutmetrics:ListAnomalyDetectors", "lookoutmetrics:GetSampleData"], "*"),
        statement("Allow", "iam:PassRole", "*", {"StringEquals": {"iam:PassedToService": LOOKOUT["Service"]}}),
    )
    intern = server.client("lookoutmetrics", server.user("intern", example), region=region)

    # What he may: all of the names, and what is named for interns.
    assert len(intern.list_anomaly_detectors()["AnomalyDetectorSummaryList"]) == 4
    theirs = {"AnomalyDetectorArn": there("AnomalyDetector:intern-shop")}
    intern.describe_anomaly_detector(**theirs)
    intern.describe_anomaly_detection_executions(**theirs)
    intern.get_data_quality_metrics(**theirs)
    intern.list_anomaly_group_summaries(SensitivityThreshold=0, **theirs)
    assert len(intern.list_alerts(**theirs)["AlertSummaryList"]) == 2
    assert len(intern.list_metric_sets(**theirs)["MetricSetSummaryList"]) == 1
    intern.describe_metric_set(MetricSetArn=there("MetricSet/intern-shop/intern-sales"))
    intern.describe_alert(AlertArn=there("Alert:intern-alert"))
    intern.list_tags_for_resource(ResourceArn=there("Alert:intern-alert"))
    sample = {"RoleArn": role, "HistoricalDataPathList": ["s3://data/historical/"], "FileFormatDescriptor": CSV}
    assert intern.get_sample_data(S3SourceConfig=sample)["SampleRows"] == ROWS

    # What he may not: see what is named otherwise,
    caller = user_arn("intern")
    for name in ("shop", "internal"):
        with denied(caller, "DescribeAnomalyDetector", there(f"AnomalyDetector:{name}")):
            intern.describe_anomaly_detector(AnomalyDetectorArn=there(f"AnomalyDetector:{name}"))
    for name in ("shop/intern-sales", "internal/sales", "intern-web/visits"):
        with denied(caller, "DescribeMetricSet", there(f"MetricSet/{name}")):
            intern.describe_metric_set(MetricSetArn=there(f"MetricSet/{name}"))
    with denied(caller, "DescribeAlert", there("Alert:alert")):
        intern.describe_alert(AlertArn=there("Alert:alert"))
    # list what lists can show of others,
    with denied(caller, "ListAlerts", "*"):
        intern.list_alerts()
    with denied(caller, "ListMetricSets", "*"):
        intern.list_metric_sets()
    # change anything,
    alert = {"AlertArn": there("Alert:intern-alert")}
    for action, call, parameters in (
        ("DeleteAnomalyDetector", intern.delete_anomaly_detector, theirs),
        ("UpdateAnomalyDetector", intern.update_anomaly_detector, theirs),
        ("ActivateAnomalyDetector", intern.activate_anomaly_detector, theirs),
        ("DeleteAlert", intern.delete_alert, alert), ("UpdateAlert", intern.update_alert, alert),
    ):
        with denied(caller, action, next(iter(parameters.values()))):
            call(**parameters)
    with denied(caller, "CreateAnomalyDetector", there("AnomalyDetector:intern-new")):
        make_detector(intern, "intern-new")
    with denied(caller, "CreateAlert", there("Alert:intern-new")):
        make_alert(intern, theirs["AnomalyDetectorArn"], role, "intern-new")
    with denied(caller, "TagResource", alert["AlertArn"]):
        intern.tag_resource(ResourceArn=alert["AlertArn"], Tags={"a": "b"})
    # or look into another Region.
    elsewhere = as_user(server, "intern-abroad", example)
    with denied(user_arn("intern-abroad"), "DescribeAnomalyDetector", arn("AnomalyDetector:intern-shop")):
        elsewhere.describe_anomaly_detector(AnomalyDetectorArn=arn("AnomalyDetector:intern-shop"))


def every_call(client, role: str) -> dict:
    """Every operation about what `all_there` made, reads first."""
    detector = {"AnomalyDetectorArn": arn("AnomalyDetector:detector")}
    metric_set, alert = {"MetricSetArn": arn("MetricSet/detector/dataset")}, {"AlertArn": arn("Alert:alert")}
    group = detector | {"AnomalyGroupId": GROUP}
    tagged = {"ResourceArn": detector["AnomalyDetectorArn"]}
    sample = {"RoleArn": role, "HistoricalDataPathList": ["s3://data/"], "FileFormatDescriptor": CSV}
    guess = {"S3SourceConfig": {"HistoricalDataPathList": ["s3://data/"]}}
    return {
        "DescribeAnomalyDetector": lambda: client.describe_anomaly_detector(**detector),
        "ListAnomalyDetectors": lambda: client.list_anomaly_detectors(),
        "DescribeMetricSet": lambda: client.describe_metric_set(**metric_set),
        "ListMetricSets": lambda: client.list_metric_sets(),
        "DescribeAlert": lambda: client.describe_alert(**alert),
        "ListAlerts": lambda: client.list_alerts(**detector),
        "DescribeAnomalyDetectionExecutions": lambda: client.describe_anomaly_detection_executions(**detector),
        "GetAnomalyGroup": lambda: client.get_anomaly_group(**group),
        "GetDataQualityMetrics": lambda: client.get_data_quality_metrics(**detector),
        "GetFeedback": lambda: client.get_feedback(
            AnomalyGroupTimeSeriesFeedback={"AnomalyGroupId": GROUP}, **detector),
        "ListAnomalyGroupSummaries": lambda: client.list_anomaly_group_summaries(SensitivityThreshold=0, **detector),
        "ListAnomalyGroupTimeSeries": lambda: client.list_anomaly_group_time_series(MetricName="views", **group),
        "ListAnomalyGroupRelatedMetrics": lambda: client.list_anomaly_group_related_metrics(**group),
        "ListTagsForResource": lambda: client.list_tags_for_resource(**tagged),
        "GetSampleData": lambda: client.get_sample_data(S3SourceConfig=sample),
        "DetectMetricSetConfig": lambda: client.detect_metric_set_config(AutoDetectionMetricSource=guess, **detector),
        "CreateAnomalyDetector": lambda: make_detector(client, "new"),
        "UpdateAnomalyDetector": lambda: client.update_anomaly_detector(**detector),
        "ActivateAnomalyDetector": lambda: client.activate_anomaly_detector(**detector),
        "BackTestAnomalyDetector": lambda: client.back_test_anomaly_detector(**detector),
        "DeactivateAnomalyDetector": lambda: client.deactivate_anomaly_detector(**detector),
        "CreateMetricSet": lambda: client.create_metric_set(**dataset(arn("AnomalyDetector:new"), role)),
        "UpdateMetricSet": lambda: client.update_metric_set(MetricSource=source(role), **metric_set),
        "CreateAlert": lambda: make_alert(client, arn("AnomalyDetector:detector"), role, "new"),
        "UpdateAlert": lambda: client.update_alert(Action=sns(role), **alert),
        "PutFeedback": lambda: client.put_feedback(
            AnomalyGroupTimeSeriesFeedback={"AnomalyGroupId": GROUP, "TimeSeriesId": "x", "IsAnomaly": True},
            **detector),
        "TagResource": lambda: client.tag_resource(Tags={"a": "b"}, **tagged),
        "UntagResource": lambda: client.untag_resource(TagKeys=["a"], **tagged),
        "DeleteAlert": lambda: client.delete_alert(**alert),
        "DeleteAnomalyDetector": lambda: client.delete_anomaly_detector(**detector),
    }


def allowed(client, role: str) -> set[str]:
    """Which operations the client may call; what else is wrong with a call does not count."""
    let_in = set()
    for name, call in every_call(client, role).items():
        try:
            call()
        except client.exceptions.AccessDeniedException as denial:
            assert denial.response["ResponseMetadata"]["HTTPStatusCode"] == 403
            continue
        except client.exceptions.ClientError:
            pass
        let_in.add(name)
    return let_in


def test_aws_s_managed_policies_allow_what_they_say(server, lookout, iam):
    role = data_role(server)
    detector = make_detector(lookout)
    lookout.create_metric_set(**dataset(detector, role))
    make_alert(lookout, detector, role)
    everything = set(every_call(lookout, role))
    assert everything == set(lookout.meta.service_model.operation_names)
    reads = {name for name in everything if name.startswith(("Describe", "List", "Get"))}
    for name, attached, also, expected in (
        ("nobody", None, None, set()),
        # GetSampleData passes a role, which the policy for readers does not allow.
        ("reader", READ_ONLY, None, reads - {"GetSampleData"}),
        ("reader-of-samples", READ_ONLY, allow("iam:PassRole"), reads),
        ("owner", FULL_ACCESS, None, everything),
    ):
        user = server.user(name, *([also] if also else []))
        if attached:
            iam.attach_user_policy(UserName=name, PolicyArn=attached)
        assert allowed(server.client("lookoutmetrics", user), role) == expected, name
    # Of all of them only the owner could delete and make.
    left = lookout.list_anomaly_detectors()["AnomalyDetectorSummaryList"]
    assert [item["AnomalyDetectorName"] for item in left] == ["new"]


# The client model: "A current AWS CLI knows no `lookoutmetrics`"


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    """What `bartizan models export` writes."""
    directory = tmp_path_factory.mktemp("models")
    written = bartizan("models", "export", str(directory)).strip()
    assert written == str(directory / "lookoutmetrics/2017-07-25/service-2.json")
    return directory


def test_the_model_is_compact_and_always_the_same(models, tmp_path):
    text = (models / "lookoutmetrics/2017-07-25/service-2.json").read_text()
    assert text.count("\n") == 1 and len(text) < 60_000
    for _ in range(2):
        bartizan("models", "export", str(tmp_path / "new/directory"))
    assert (tmp_path / "new/directory/lookoutmetrics/2017-07-25/service-2.json").read_text() == text
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in bartizan("models", "export", str(tmp_path / "file"), code=1)


def with_model(server: Server, models: Path, **options):
    """A boto3 client that knows Lookout for Metrics from our model alone, and checks what it sends."""
    core = botocore.session.Session()
    core.set_config_variable("data_path", str(models))
    return boto3.Session(botocore_session=core).client(
        "lookoutmetrics", region_name=REGION, endpoint_url=server.url, aws_access_key_id=server.root.access_key_id,
        aws_secret_access_key=server.root.secret_access_key, **options,
    )


def test_boto3_works_with_the_model(server, lookout, models):
    client = with_model(server, models)
    assert client.meta.service_model.operation_names == lookout.meta.service_model.operation_names
    role = data_role(server)
    detector = make_detector(client, Tags={"team": "a"})
    client.create_metric_set(**dataset(detector, role, Offset=60))
    alert = make_alert(client, detector, role, AlertSensitivityThreshold=10)
    for call in (client.list_anomaly_detectors, client.list_metric_sets, client.list_alerts):
        assert answer(call) == answer(getattr(lookout, call.__name__))
    assert answer(client.describe_alert, AlertArn=alert) == answer(lookout.describe_alert, AlertArn=alert)
    metric_set = arn("MetricSet/detector/dataset")
    described = answer(client.describe_metric_set, MetricSetArn=metric_set)
    assert described == answer(lookout.describe_metric_set, MetricSetArn=metric_set) and described["Offset"] == 60
    client.tag_resource(ResourceArn=metric_set, Tags={"a": "b", "c": "d"})
    client.untag_resource(ResourceArn=metric_set, TagKeys=["a", "x"])
    assert client.list_tags_for_resource(ResourceArn=metric_set)["Tags"] == {"c": "d"}
    client.delete_anomaly_detector(AnomalyDetectorArn=detector)
    with not_found("AnomalyDetector", detector):
        client.describe_anomaly_detector(AnomalyDetectorArn=detector)
    with pytest.raises(client.exceptions.ValidationException) as caught:
        client.describe_anomaly_detector(AnomalyDetectorArn="x" * 257)
    assert caught.value.response["Reason"] == "FIELD_VALIDATION_FAILED"
    with pytest.raises(ParamValidationError, match='Missing required parameter in input: "AnomalyDetectorArn"'):
        client.describe_anomaly_detector()


def test_the_cli_works_with_the_model(server, models, tmp_path):
    """AWS's page about tags, word for word, and a dataset and an alert besides."""
    assert "argument command: Invalid choice" in server.aws("lookoutmetrics", "list-anomaly-detectors", code=2)

    def aws(operation: str, *arguments: str, code: int = 0):
        environment = {"AWS_DATA_PATH": str(models), "AWS_DEFAULT_REGION": "us-east-2"}
        return server.aws("lookoutmetrics", operation, *arguments, environment=environment, code=code)

    made = aws(
        "create-anomaly-detector", "--anomaly-detector-name", "my-detector", "--anomaly-detector-config",
        "AnomalyDetectorFrequency=PT10M", "--anomaly-detector-description", "10-minute S3 detector",
        "--tags", "Department=Marketing,CostCenter=1234ABCD",
    )
    detector = arn("AnomalyDetector:my-detector", region="us-east-2")
    assert made == {"AnomalyDetectorArn": detector}
    assert aws("tag-resource", "--resource-arn", detector, "--tags", "Department=Sales,Stage=test") is None
    assert aws("untag-resource", "--resource-arn", detector, "--tag-keys", "Department", "Stage") is None
    assert aws("list-tags-for-resource", "--resource-arn", detector) == {"Tags": {"CostCenter": "1234ABCD"}}
    listed = aws("list-anomaly-detectors", "--max-results", "10")["AnomalyDetectorSummaryList"]
    assert len(listed) == 1
    assert isinstance(listed[0].pop("CreationTime"), float) and isinstance(listed[0].pop("LastModificationTime"), float)
    assert listed == [
        {
            "AnomalyDetectorArn": detector, "AnomalyDetectorName": "my-detector",
            "AnomalyDetectorDescription": "10-minute S3 detector", "Status": "INACTIVE",
            "Tags": {"CostCenter": "1234ABCD"},
        }
    ]
    role = data_role(server, region="us-east-2")
    (tmp_path / "dataset.json").write_text(json.dumps(dataset(detector, role, MetricSetFrequency="PT10M")))
    metric_set = aws("create-metric-set", "--cli-input-json", f"file://{tmp_path}/dataset.json")["MetricSetArn"]
    assert metric_set == arn("MetricSet/my-detector/dataset", region="us-east-2")
    topic = f"SNSConfiguration={{RoleArn={role},SnsTopicArn=arn:aws:sns:us-east-2:{ACCOUNT}:topic}}"
    alert = aws("create-alert", "--alert-name", "my-alert", "--anomaly-detector-arn", detector, "--action", topic)
    assert aws("describe-alert", "--alert-arn", alert["AlertArn"])["Alert"]["AlertType"] == "SNS"
    told = aws("activate-anomaly-detector", "--anomaly-detector-arn", detector, code=255)
    assert told == (
        "An error occurred (ValidationException) when calling the ActivateAnomalyDetector operation: "
        "The activation of detectors is not available in this version of Bartizan."
    )
    assert aws("delete-anomaly-detector", "--anomaly-detector-arn", detector) is None
    told = aws("describe-metric-set", "--metric-set-arn", metric_set, code=255)
    assert told == (
        "An error occurred (ResourceNotFoundException) when calling the DescribeMetricSet operation: "
        f"MetricSet {metric_set} could not be found."
    )


# "Viewing Amazon Lookout for Metrics API activity in CloudTrail"


def trail(server: Server, count: int) -> list[dict]:
    """The records of Lookout for Metrics, when there are so many."""

    def found():
        records = [record for record in server.audit() if record["eventSource"] == "lookoutmetrics.amazonaws.com"]
        return len(records) >= count and records

    records = wait_until(found, "the trail is written")
    assert len(records) == count
    return records


def test_what_is_asked_and_answered_is_in_the_trail(server, lookout):
    detector, role = make_detector(lookout, Tags={"team": "a"}), data_role(server)
    fred = as_user(server, "fred", allow("lookoutmetrics:*"))
    fred.describe_anomaly_detector(AnomalyDetectorArn=detector)
    with denied(user_arn("fred"), "iam:PassRole", role):
        make_alert(fred, detector, role)
    fred.tag_resource(ResourceArn=detector, Tags={"a": "b"})
    fred.untag_resource(ResourceArn=detector, TagKeys=["a", "b"])
    with refused("ValidationException"):
        fred.activate_anomaly_detector(AnomalyDetectorArn=detector)
    fred.delete_anomaly_detector(AnomalyDetectorArn=detector)
    records = trail(server, 7)
    told = [(record["eventName"], record["readOnly"], record.get("errorCode")) for record in records]
    assert told == [
        ("CreateAnomalyDetector", False, None), ("DescribeAnomalyDetector", True, None),
        ("CreateAlert", False, "AccessDeniedException"), ("TagResource", False, None), ("UntagResource", False, None),
        ("ActivateAnomalyDetector", False, "ValidationException"), ("DeleteAnomalyDetector", False, None),
    ]
    created, described, alert, tagged, untagged, activated, deleted = records
    assert created["userIdentity"]["type"] == "Root"
    assert created["requestParameters"] == {
        "AnomalyDetectorName": "detector", "AnomalyDetectorConfig": {"AnomalyDetectorFrequency": "PT1H"},
        "Tags": {"team": "a"},
    }
    assert created["responseElements"] == {"AnomalyDetectorArn": detector}
    identity = described["userIdentity"]
    assert (identity["type"], identity["arn"], identity["userName"]) == ("IAMUser", user_arn("fred"), "fred")
    for record in (described, activated, deleted):
        assert record["requestParameters"] == {"AnomalyDetectorArn": detector}
    assert described["responseElements"] is None
    assert alert["errorMessage"] == not_authorized(user_arn("fred"), "iam:PassRole", role)
    assert alert["requestParameters"] == {"AlertName": "alert", "AnomalyDetectorArn": detector, "Action": sns(role)}
    assert tagged["requestParameters"] == {"resourceArn": detector, "tags": {"a": "b"}}
    assert untagged["requestParameters"] == {"resourceArn": detector, "tagKeys": ["a", "b"]}
    assert activated["errorMessage"] == "The activation of detectors is not available in this version of Bartizan."
    for record in records:
        assert record["awsRegion"] == REGION and record["recipientAccountId"] == ACCOUNT
        kind = record["eventType"], record["eventCategory"], record["managementEvent"]
        assert kind == ("AwsApiCall", "Management", True)
        assert re.fullmatch("[0-9a-f-]{36}", record["requestID"]) and re.fullmatch("[0-9a-f-]{36}", record["eventID"])
    assert len({record["eventID"] for record in records}) == 7


def test_a_request_from_outside_is_in_the_trail_of_who_asked(server, lookout):
    detector = make_detector(lookout)
    account, member = server.member_account()
    reason = "because no resource-based policy allows the lookoutmetrics:DescribeAnomalyDetector action"
    caller = f"arn:aws:sts::{account}:assumed-role/OrganizationAccountAccessRole/member"
    with denied(caller, "DescribeAnomalyDetector", detector, reason):
        server.client("lookoutmetrics", member).describe_anomaly_detector(AnomalyDetectorArn=detector)
    record = trail(server, 2)[1]
    assert record["userIdentity"]["type"] == "AssumedRole" and record["userIdentity"]["accountId"] == account
    assert (record["eventName"], record["errorCode"]) == ("DescribeAnomalyDetector", "AccessDeniedException")
    assert record["recipientAccountId"] == account
