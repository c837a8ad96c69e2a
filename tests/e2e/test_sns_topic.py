"""Topics: who may do what with one, and what one is like.

https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
"""

import json

import pytest

from server import ACCOUNT, allow, deny, not_authorized, policy, refused, statement

TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts"


@pytest.fixture
def sns(server):
    return server.client("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="alerts")["TopicArn"]


def share(sns, topic: str, *statements: dict):
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy(*statements))


def grant(principal, action="SNS:Publish", **elements) -> dict:
    return statement("Allow", action, TOPIC, Principal=principal, **elements)


# Refusals


def test_who_may_not_publish_is_refused_in_sns_s_words(server, topic):
    alice = server.user("alice", allow("sns:ListTopics"))
    arn = f"arn:aws:iam::{ACCOUNT}:user/alice"
    with refused("AuthorizationError", not_authorized(arn, "sns:Publish", TOPIC), status=403):
        server.client("sns", alice).publish(TopicArn=topic, Message="hello")


def test_a_new_topic_s_policy_lets_nobody_in_by_itself(server, sns, topic):
    document = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    (only,) = document["Statement"]
    assert (document["Version"], document["Id"], only["Sid"]) == (
        "2008-10-17", "__default_policy_ID", "__default_statement_ID"
    )
    assert only["Condition"] == {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}
    for action, call in {
        "sns:GetTopicAttributes": lambda client: client.get_topic_attributes(TopicArn=topic),
        "sns:Publish": lambda client: client.publish(TopicArn=topic, Message="hello"),
    }.items():
        with refused("AuthorizationError", not_authorized(f"arn:aws:iam::{ACCOUNT}:user/{action[4:]}", action, topic)):
            call(server.client("sns", server.user(action[4:])))


def test_a_topic_s_policy_lets_a_user_of_the_account_in_and_denies_one(server, sns, topic):
    bob, eve = server.user("bob"), server.user("eve", allow("sns:*"))
    share(
        sns, topic, grant({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}),
        grant({"AWS": f"arn:aws:iam::{ACCOUNT}:user/eve"}) | {"Effect": "Deny"},
    )
    assert server.client("sns", bob).publish(TopicArn=topic, Message="hello")["MessageId"]
    message = not_authorized(
        f"arn:aws:iam::{ACCOUNT}:user/eve", "sns:Publish", topic, "with an explicit deny in a resource-based policy"
    )
    with refused("AuthorizationError", message):
        server.client("sns", eve).publish(TopicArn=topic, Message="hello")


def test_another_account_needs_both_sides(server, sns, topic):
    account, administrator = server.member_account()
    theirs = server.client("sns", administrator)
    arn = f"arn:aws:sts::{account}:assumed-role/OrganizationAccountAccessRole/member"
    reason = "because no resource-based policy allows the sns:Publish action"
    with refused("AuthorizationError", not_authorized(arn, "sns:Publish", topic, reason)):
        theirs.publish(TopicArn=topic, Message="hello")
    # What is not there is refused in the same words.
    with refused("AuthorizationError", not_authorized(arn, "sns:Publish", f"{topic}2", reason)):
        theirs.publish(TopicArn=f"{topic}2", Message="hello")
    sns.add_permission(TopicArn=topic, Label="them", AWSAccountId=[account], ActionName=["Publish"])
    assert theirs.publish(TopicArn=topic, Message="hello")["MessageId"]
    with refused("AuthorizationError"):
        theirs.delete_topic(TopicArn=topic)
    nobody = server.user("nobody", by=administrator)
    with refused("AuthorizationError"):
        server.client("sns", nobody).publish(TopicArn=topic, Message="hello")
    sns.remove_permission(TopicArn=topic, Label="them")
    with refused("AuthorizationError"):
        theirs.publish(TopicArn=topic, Message="hello")


def test_a_user_made_again_regains_nothing(server, sns, topic, iam):
    server.user("bob")
    share(sns, topic, grant({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}))
    assert "user/bob" in sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    for key in iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="bob")
    again = server.user("bob")
    with refused("AuthorizationError"):
        server.client("sns", again).publish(TopicArn=topic, Message="hello")
    assert "user/bob" not in sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]


def test_nobody_publishes_unsigned_even_where_everybody_may(server, sns, topic):
    share(sns, topic, grant("*"))
    with refused("MissingAuthenticationToken", status=403):
        server.anonymous("sns").publish(TopicArn=topic, Message="hello")


@pytest.mark.parametrize(
    "document, message",
    [
        ("", None),
        ("{", "Invalid parameter: Policy Error: *"),
        (policy(grant({"AWS": "arn:aws:iam::123456789012:user/nobody"})),
         "Invalid parameter: Policy Error: PrincipalNotFound"),
        (policy(grant("*", action=["SNS:Publish", "s3:GetObject"])),
         "Invalid parameter: Policy statement action out of service scope!"),
        (policy(grant("*", action="*")), "Invalid parameter: Policy statement action out of service scope!"),
        (policy(statement("Allow", "SNS:Publish", TOPIC)), "Invalid parameter: Policy Error: *"),
        (policy(*[grant("*") | {"Sid": "x" * 900 + str(n)} for n in range(40)]), "Invalid parameter: Policy Error: *"),
    ],
    ids=["empty", "no-json", "no-principal-there", "of-other-services", "of-all", "no-principal", "too-large"],
)
def test_what_is_no_policy_of_a_topic_is_refused(sns, topic, document, message):
    before = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    if message is None:
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)
    else:
        with refused("InvalidParameter", status=400) as refusal:
            sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)
        assert refusal.message.startswith(message.rstrip("*"))
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"] == before


def test_permissions_have_labels_of_their_own(sns, topic):
    given = {"TopicArn": topic, "Label": "us", "AWSAccountId": [ACCOUNT], "ActionName": ["Publish", "Subscribe"]}
    sns.add_permission(**given)
    with refused("InvalidParameter", "Invalid parameter: Statement already exists"):
        sns.add_permission(**given)
    for name, value, message in [
        ("ActionName", ["CreateTopic"], "Invalid parameter: Policy statement action out of service scope!"),
        ("ActionName", ["*"], "Invalid parameter: Policy statement action out of service scope!"),
        ("AWSAccountId", ["12345"], "Invalid parameter: AWSAccountId"),
        ("AWSAccountId", ["999999999999"], "Invalid parameter: Policy Error: PrincipalNotFound"),
        ("Label", "", "Invalid parameter: Label"),
    ]:
        with refused("InvalidParameter", message):
            sns.add_permission(**given | {"Label": "others"} | {name: value})
    with refused("InvalidParameter", "Invalid parameter: Statement does not exist"):
        sns.remove_permission(TopicArn=topic, Label="others")
    document = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    assert document["Statement"][-1] == {
        "Sid": "us", "Effect": "Allow", "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:root"]},
        "Action": ["SNS:Publish", "SNS:Subscribe"], "Resource": topic,
    }


@pytest.mark.parametrize("name", ["", "a b", "a.fifo", "ä", "a:b", "x" * 257])
def test_a_name_that_is_none_is_refused(sns, name):
    with refused("InvalidParameter", "Invalid parameter: Topic Name", status=400):
        sns.create_topic(Name=name)


@pytest.mark.parametrize(
    "arn, message",
    [
        ("alerts", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        (f"arn:aws:sns:eu-west-1:{ACCOUNT}:alerts", "Invalid parameter: TopicArn"),
        (f"arn:aws:sqs:us-east-1:{ACCOUNT}:alerts", "Invalid parameter: TopicArn"),
        ("arn:aws:sns:us-east-1:nobody:alerts", "Invalid parameter: TopicArn"),
    ],
)
def test_what_is_no_topic_s_arn_here_is_refused(sns, arn, message):
    with refused("InvalidParameter", message):
        sns.get_topic_attributes(TopicArn=arn)


def test_what_is_not_there_is_not_found(sns):
    with refused("NotFound", "Topic does not exist", status=404):
        sns.get_topic_attributes(TopicArn=TOPIC)
    with refused("NotFound", "Topic does not exist", status=404):
        sns.publish(TopicArn=TOPIC, Message="hello")
    with refused("ResourceNotFound", "Resource does not exist", status=404):
        sns.list_tags_for_resource(ResourceArn=TOPIC)
    sns.delete_topic(TopicArn=TOPIC)


def test_an_account_has_no_more_topics_than_its_quota(new_server):
    sns = new_server().start("--quotas", "topics=1").client("sns")
    sns.create_topic(Name="one")
    sns.create_topic(Name="one")
    with refused("TopicLimitExceeded", status=403):
        sns.create_topic(Name="two")


# What works


def test_the_same_topic_may_be_made_again_and_no_other(sns, topic):
    assert topic == TOPIC
    assert sns.create_topic(Name="alerts")["TopicArn"] == topic
    with refused("InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes"):
        sns.create_topic(Name="alerts", Attributes={"DisplayName": "Alerts"})
    with refused("InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags"):
        sns.create_topic(Name="alerts", Tags=[{"Key": "team", "Value": "red"}])
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Alerts")
    assert sns.create_topic(Name="alerts", Attributes={"DisplayName": "Alerts"})["TopicArn"] == topic


def test_attributes_are_as_they_were_set(sns, topic):
    retry = {"http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 2, "numRetries": 5}}}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Alerts")
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(retry))
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (attributes["DisplayName"], attributes["Owner"], attributes["TopicArn"]) == ("Alerts", ACCOUNT, topic)
    assert json.loads(attributes["DeliveryPolicy"]) == retry
    in_force = json.loads(attributes["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]
    assert (in_force["minDelayTarget"], in_force["numRetries"], in_force["backoffFunction"]) == (1, 5, "linear")
    counts = ("SubscriptionsConfirmed", "SubscriptionsPending", "SubscriptionsDeleted")
    assert [attributes[name] for name in counts] == ["0", "0", "0"]
    for name, value in [("DisplayName", "x" * 101), ("DisplayName", "a\nb"), ("KmsMasterKeyId", "alias/aws/sns"),
                        ("FifoTopic", "true"), ("Owner", ACCOUNT)]:
        with refused("InvalidParameter"):
            sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)
    with refused("InvalidParameter"):
        bad = {"http": {"defaultHealthyRetryPolicy": {"numRetries": 101}}}
        sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(bad))


def test_topics_are_listed_page_by_page_each_region_its_own(server, sns):
    made = [sns.create_topic(Name=f"topic{number:03}")["TopicArn"] for number in range(101)]
    first = sns.list_topics()
    assert [topic["TopicArn"] for topic in first["Topics"]] == made[:100]
    second = sns.list_topics(NextToken=first["NextToken"])
    assert [topic["TopicArn"] for topic in second["Topics"]] == made[100:]
    assert "NextToken" not in second
    with refused("InvalidParameter", "Invalid parameter: NextToken"):
        sns.list_topics(NextToken="mine")
    assert server.client("sns", region="eu-west-1").list_topics()["Topics"] == []


def test_tags_are_put_and_taken_and_open_doors(server, sns):
    topic = sns.create_topic(Name="alerts", Tags=[{"Key": "team", "Value": "red"}])["TopicArn"]
    red = server.user("red", allow("sns:Publish", condition={"StringEquals": {"aws:ResourceTag/team": "red"}}))
    server.client("sns", red).publish(TopicArn=topic, Message="hello")
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "team", "Value": "blue"}, {"Key": "Team", "Value": "other"}])
    tags = sns.list_tags_for_resource(ResourceArn=topic)["Tags"]
    assert tags == [{"Key": "team", "Value": "blue"}, {"Key": "Team", "Value": "other"}]
    with refused("AuthorizationError"):
        server.client("sns", red).publish(TopicArn=topic, Message="hello")
    sns.untag_resource(ResourceArn=topic, TagKeys=["team", "none"])
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "Team", "Value": "other"}]
    with refused("TagLimitExceeded", status=400):
        sns.tag_resource(ResourceArn=topic, Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)])
    with refused("InvalidParameter"):
        sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "aws:x", "Value": ""}])


def test_who_may_make_topics_may_not_tag_them_by_that(server):
    maker = server.client("sns", server.user("maker", allow("sns:CreateTopic")))
    maker.create_topic(Name="plain")
    with refused("AuthorizationError") as refusal:
        maker.create_topic(Name="tagged", Tags=[{"Key": "team", "Value": "red"}])
    assert "sns:TagResource" in refusal.message


def test_the_aws_cli_makes_a_topic_and_publishes(server):
    topic = server.aws("sns", "create-topic", "--name", "alerts", "--tags", "Key=team,Value=red")["TopicArn"]
    assert server.aws("sns", "publish", "--topic-arn", topic, "--message", "hello")["MessageId"]
    assert server.aws("sns", "list-topics")["Topics"] == [{"TopicArn": topic}]
    server.user("denied", allow("sns:*"), deny("sns:DeleteTopic"))
    server.aws("sns", "delete-topic", "--topic-arn", topic)
    assert server.aws("sns", "list-topics")["Topics"] == []


def test_what_is_said_is_not_in_the_audit_trail(server, sns, topic):
    sns.publish(TopicArn=topic, Message="the secret", Subject="the subject", MessageAttributes={
        "a": {"DataType": "String", "StringValue": "the attribute"}
    })
    server.stop()
    record = server.audit()[-1]
    assert (record["eventName"], record["eventSource"]) == ("Publish", "sns.amazonaws.com")
    assert record["requestParameters"]["topicArn"] == topic
    assert not any(text in json.dumps(record) for text in ("the secret", "the subject", "the attribute"))
