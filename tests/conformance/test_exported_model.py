"""What `bartizan models export` writes is AWS's model of Lookout for Metrics in all that a client needs of it, and is
all that the AWS CLI and boto3 need."""

import boto3
import botocore.session
import pytest
from botocore.config import Config

from conformance.models import SOURCES, Comparison, errors, load, loader, of_model
from server import ACCOUNT, PATIENCE, REGION, ROOT, bartizan

METADATA = (
    "auth", "endpointPrefix", "jsonVersion", "protocol", "serviceFullName", "serviceId", "signatureVersion", "signingName"
)
SERVICE = "lookoutmetrics"
DETECTOR = f"arn:aws:lookoutmetrics:{REGION}:{ACCOUNT}:AnomalyDetector:exported"


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """What is exported, named as AWS_DATA_PATH would."""
    made = tmp_path_factory.mktemp("models") / "new" / "models"
    said = bartizan("models", "export", str(made))
    assert said == f"{made}/lookoutmetrics/2017-07-25/service-2.json\n"
    return made


@pytest.fixture(scope="module")
def models(directory):
    """Ours and AWS's."""
    return load(directory, SERVICE), load(SOURCES[SERVICE], SERVICE)


def test_it_is_aws_s_model(models):
    ours, theirs = map(of_model, models)
    comparison = Comparison()
    comparison.services(ours, theirs)
    for name in ours["operations"].keys() & theirs["operations"].keys():
        comparison.operations(name, ours["operations"][name], theirs["operations"][name])
    assert comparison.differences == [], "\n".join(comparison.differences)


def test_its_errors_are_those_of_aws_s_model(models):
    comparison = Comparison()
    comparison.errors(*map(errors, models))
    assert comparison.differences == [], "\n".join(comparison.differences)


def test_clients_are_called_and_sign_as_with_aws_s_model(models):
    ours, theirs = ({key: model.metadata.get(key) for key in METADATA} for model in models)
    assert ours == theirs


def test_nothing_else_is_needed(directory):
    """AWS has no paginators for this service, and clients take the endpoint from AWS_ENDPOINT_URL."""
    assert [file.name for file in directory.rglob("*") if file.is_file()] == ["service-2.json"]
    assert loader(SOURCES[SERVICE]).load_service_model(SERVICE, "paginators-1") == {"pagination": {}}


def test_the_aws_cli_and_boto3_can_work_with_it(server, directory, monkeypatch):
    known = {"AWS_DATA_PATH": str(directory)}
    create = ["--anomaly-detector-name", "exported", "--anomaly-detector-config", "AnomalyDetectorFrequency=PT5M"]
    made = server.aws("lookoutmetrics", "create-anomaly-detector", *create, "--tags", "team=a", environment=known)
    assert made == {"AnomalyDetectorArn": DETECTOR}

    monkeypatch.setenv("AWS_DATA_PATH", str(directory))
    client = boto3.Session(botocore_session=botocore.session.Session()).client(
        SERVICE,
        region_name=REGION,
        endpoint_url=server.url,
        aws_access_key_id=ROOT.access_key_id,
        aws_secret_access_key=ROOT.secret_access_key,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=PATIENCE),
    )
    [listed] = client.list_anomaly_detectors()["AnomalyDetectorSummaryList"]
    assert (listed["AnomalyDetectorArn"], listed["Tags"]) == (DETECTOR, {"team": "a"})
    # A path, a query and a member of another name on the wire.
    client.tag_resource(ResourceArn=DETECTOR, Tags={"stage": "b"})
    client.untag_resource(ResourceArn=DETECTOR, TagKeys=["team"])
    assert client.list_tags_for_resource(ResourceArn=DETECTOR)["Tags"] == {"stage": "b"}
    with pytest.raises(client.exceptions.ConflictException) as caught:
        client.create_anomaly_detector(
            AnomalyDetectorName="exported", AnomalyDetectorConfig={"AnomalyDetectorFrequency": "PT5M"}
        )
    assert caught.value.response["ResourceType"] == "AnomalyDetector"
