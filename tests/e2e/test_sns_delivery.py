"""Subscriptions and what they are sent: a web server of this machine, allowed by configuration, is the subscriber.

https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html
"""

import email
import email.policy
import json
import re
import socketserver
import threading
import urllib.parse

import pytest

from server import ACCOUNT, allow, bartizan, policy, refused, statement, wait_until
from webhook import visit, webhook

TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts"
LOCAL = ("--deliver-to-internal", "127.0.0.0/8")


@pytest.fixture
def server(new_server):
    return new_server().start(*LOCAL)


@pytest.fixture
def sns(server):
    return server.client("sns")


@pytest.fixture
def topic(sns):
    """Its deliveries are tried again at once, and then after a second."""
    return sns.create_topic(Name="alerts", Attributes={"DeliveryPolicy": retries(at_once=2, later=2)})["TopicArn"]


@pytest.fixture
def hook():
    with webhook() as hook:
        yield hook


def retries(at_once: int, later: int = 0) -> str:
    return json.dumps({"http": {"defaultHealthyRetryPolicy": {
        "minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": at_once + later, "numNoDelayRetries": at_once,
    }}})


def subscribe(sns, topic, hook, **given) -> str:
    """Subscribes and confirms as an endpoint does, by the link; the subscription's ARN."""
    known = len(hook.of_type("SubscriptionConfirmation"))
    arn = sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=hook.url, ReturnSubscriptionArn=True, **given
    )["SubscriptionArn"]
    asked = hook.wait_for("SubscriptionConfirmation", known + 1)[-1]
    assert visit(asked.json["SubscribeURL"]) == 200
    return arn


def deliveries(server) -> list[dict]:
    printed = bartizan("deliveries", "--data-dir", str(server.data_dir), "--json")
    return [json.loads(line) for line in printed.splitlines()]


def nothing_waits(server):
    wait_until(lambda: not deliveries(server), "all is delivered")


# What is refused


@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:1/", "http://localhost/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/",
     "http://10.0.0.1/", "http://[::ffff:192.168.0.1]/", "http://[fd00:ec2::254]/"],
)
def test_an_internal_endpoint_is_refused(new_server, endpoint):
    sns = new_server().start().client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    with refused("InvalidParameter", "Invalid parameter: Not authorized to subscribe internal endpoints", status=400):
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint)
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_an_internal_address_is_not_reached_either_by_an_odd_spelling(new_server, hook):
    """What Subscribe cannot see, delivery does: 2130706433 is 127.0.0.1 to some resolvers."""
    server = new_server().start()
    sns = server.client("sns")
    topic = sns.create_topic(Name="alerts", Attributes={"DeliveryPolicy": retries(0)})["TopicArn"]
    for host in ("2130706433", "127.1", "0x7f000001"):
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://{host}:{hook.port}/")
    wait_until(lambda: all(found["due"] is None for found in deliveries(server)), "all is given up")
    assert len(deliveries(server)) == 3
    assert hook.got == []


def test_a_server_that_is_started_without_the_permission_delivers_nothing_internal_any_more(server, sns, topic, hook):
    subscribe(sns, topic, hook)
    server.stop()
    server.start()
    server.client("sns").publish(TopicArn=topic, Message="hello")
    (found,) = wait_until(lambda: [one for one in deliveries(server) if one["due"] is None], "it is given up")
    assert found["error"] == "127.0.0.1 is an internal address"
    assert hook.of_type("Notification") == []


@pytest.mark.parametrize(
    "protocol, endpoint, message",
    [
        ("carrier-pigeon", "x", "Amazon SNS does not support this protocol string: carrier-pigeon"),
        ("sms", "+41790000000", "Protocol Reason: sms subscriptions are not available in this version of Bartizan"),
        ("http", "https://127.0.0.1/", "Endpoint must match the specified protocol"),
        ("https", "http://127.0.0.1/", "Endpoint must match the specified protocol"),
        ("http", "", "Endpoint must match the specified protocol"),
        ("http", "http://user:password@127.0.0.1/", "Endpoint"),
        ("http", "http://127.0.0.1/ HTTP/1.1\r\nX-Injected: yes", "Endpoint"),
        ("email", "nobody", "Email address"),
        ("email", "a@b.example\r\nBcc: c@d.example", "Email address"),
        ("email", "ann@example.com", "Protocol Reason: this installation sends no electronic mail: serve has neither "
                                     "--mail-relay nor --mail-directory"),
    ],
)
def test_what_cannot_be_delivered_to_cannot_be_subscribed(sns, topic, protocol, endpoint, message):
    with refused("InvalidParameter", f"Invalid parameter: {message}", status=400):
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)


def test_who_may_not_subscribe_is_refused_and_conditions_hold(server, sns, topic, hook):
    nobody = server.client("sns", server.user("nobody"))
    with refused("AuthorizationError", status=403):
        nobody.subscribe(TopicArn=topic, Protocol="http", Endpoint=hook.url)
    only = allow("sns:Subscribe", condition={
        "StringEquals": {"sns:Protocol": "http"}, "StringLike": {"sns:Endpoint": f"{hook.url}/*"},
    })
    some = server.client("sns", server.user("some", only))
    some.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{hook.url}/mine")
    for given in ({"Protocol": "http", "Endpoint": hook.url}, {"Protocol": "https", "Endpoint": f"{hook.url}/mine"}):
        with refused("AuthorizationError"):
            some.subscribe(TopicArn=topic, **given)


def test_who_has_not_confirmed_gets_nothing(sns, topic, hook):
    given = {"TopicArn": topic, "Protocol": "http", "Endpoint": hook.url}
    assert sns.subscribe(**given)["SubscriptionArn"] == "pending confirmation"
    hook.wait_for("SubscriptionConfirmation")
    sns.publish(TopicArn=topic, Message="before")
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    visit(hook.got[0].json["SubscribeURL"])
    sns.publish(TopicArn=topic, Message="after")
    assert hook.messages(1) == ["after"]


def test_a_wrong_token_confirms_nothing(server, sns, topic, hook):
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=hook.url)
    token = hook.wait_for("SubscriptionConfirmation")[0].json["Token"]
    stranger = server.anonymous("sns")
    for wrong in ("", "0" * 64, token[:-1], token.upper() + "x"):
        for client in (sns, stranger):
            with refused("InvalidParameter", "Invalid parameter: Token", status=400):
                client.confirm_subscription(TopicArn=topic, Token=wrong)
    other = sns.create_topic(Name="other")["TopicArn"]
    with refused("InvalidParameter", "Invalid parameter: Token"):
        sns.confirm_subscription(TopicArn=other, Token=token)
    # Strangers do not learn which topics there are.
    with refused("InvalidParameter", "Invalid parameter: Token"):
        stranger.confirm_subscription(TopicArn=f"{topic}2", Token=token)
    with refused("AuthorizationError", status=403):
        stranger.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"] == "0"
    assert token not in server.log()


def test_a_token_is_good_for_two_days(new_server, later, hook):
    server = new_server().start(*LOCAL)
    sns = server.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=hook.url)
    token = hook.wait_for("SubscriptionConfirmation")[0].json["Token"]
    server.stop()
    server.start(*LOCAL, environment=later(49 * 3600))
    with refused("InvalidParameter", "Invalid parameter: Token"):
        server.anonymous("sns").confirm_subscription(TopicArn=topic, Token=token)


def test_asked_again_only_the_new_token_is_good(server, sns, topic, hook):
    for count in (1, 2):
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=hook.url)
        hook.wait_for("SubscriptionConfirmation", count)
    old, new = (sent.json["Token"] for sent in hook.got)
    with refused("InvalidParameter", "Invalid parameter: Token"):
        server.anonymous("sns").confirm_subscription(TopicArn=topic, Token=old)
    server.anonymous("sns").confirm_subscription(TopicArn=topic, Token=new)
    assert len(sns.list_subscriptions()["Subscriptions"]) == 1


def test_what_was_confirmed_with_that_flag_is_cancelled_signed_only(server, sns, topic, hook):
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=hook.url)
    token = hook.wait_for("SubscriptionConfirmation")[0].json["Token"]
    arn = sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")["SubscriptionArn"]
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["ConfirmationWasAuthenticated"] == "true"
    with refused("AuthorizationError", status=403):
        server.anonymous("sns").unsubscribe(SubscriptionArn=arn)
    with refused("AuthorizationError", status=403):
        server.client("sns", server.user("nobody")).unsubscribe(SubscriptionArn=arn)
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_a_subscription_is_its_owners_and_its_topic_s_alone(server, sns, topic, hook):
    arn = subscribe(sns, topic, hook)
    _, administrator = server.member_account()
    theirs = server.client("sns", administrator)
    for call in (theirs.unsubscribe, theirs.get_subscription_attributes):
        with refused("NotFound", "Subscription does not exist", status=404):
            call(SubscriptionArn=arn)
    with refused("NotFound", "Subscription does not exist"):
        theirs.set_subscription_attributes(
            SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="true"
        )
    assert theirs.list_subscriptions()["Subscriptions"] == []


@pytest.mark.parametrize(
    "given, message",
    [
        ({"Message": ""}, "Invalid parameter: Empty message"),
        ({"Message": "x" * (256 * 1024 + 1)}, "Invalid parameter: Message too long"),
        ({"Message": "x", "Subject": "x" * 101}, "Invalid parameter: Subject"),
        ({"Message": "x", "Subject": "a\nb"}, "Invalid parameter: Subject"),
        ({"Message": "x", "MessageStructure": "xml"}, "Invalid parameter: MessageStructure"),
        ({"Message": "x", "MessageStructure": "json"},
         "Invalid parameter: Message Structure - JSON message body failed to parse"),
        ({"Message": '{"http": "x"}', "MessageStructure": "json"},
         "Invalid parameter: Message Structure - No default entry in JSON message body"),
        ({"Message": "x", "MessageGroupId": "x"},
         "Invalid parameter: MessageGroupId Reason: The request includes MessageGroupId parameter that is not valid for "
         "this topic type"),
    ],
    ids=["empty", "large", "long-subject", "lines", "structure", "no-json", "no-default", "group"],
)
def test_what_is_no_message_is_refused(sns, topic, given, message):
    with refused("InvalidParameter", message, status=400):
        sns.publish(TopicArn=topic, **given)


def test_a_message_goes_to_a_topic_and_nowhere_else(sns):
    with refused("InvalidParameter"):
        sns.publish(PhoneNumber="+41790000000", Message="x")
    with refused("InvalidParameter", "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"):
        sns.publish(Message="x")


@pytest.mark.parametrize(
    "value", [{"DataType": "Date", "StringValue": "x"}, {"DataType": "Number", "StringValue": "x"},
              {"DataType": "String", "StringValue": ""}, {"DataType": "Binary", "StringValue": "x"}],
)
def test_what_is_no_attribute_is_refused(sns, topic, value):
    with refused("ParameterValueInvalid", status=400):
        sns.publish(TopicArn=topic, Message="x", MessageAttributes={"a": value})


# What is sent


def test_a_message_arrives_in_sns_s_envelope(server, sns, topic, hook):
    arn = subscribe(sns, topic, hook)
    published = sns.publish(TopicArn=topic, Message="Hello, Welt: ä", Subject="Greetings", MessageAttributes={
        "colour": {"DataType": "String", "StringValue": "red"}, "bytes": {"DataType": "Binary", "BinaryValue": b"\0\1"},
    })
    asked = hook.wait_for("SubscriptionConfirmation")[0]
    assert asked.json["Type"] == "SubscriptionConfirmation"
    assert asked.headers["x-amz-sns-topic-arn"] == topic == asked.json["TopicArn"]
    assert "x-amz-sns-subscription-arn" not in asked.headers
    (sent,) = hook.wait_for("Notification")
    assert sent.headers["content-type"] == "text/plain; charset=UTF-8"
    assert sent.headers["x-amz-sns-message-id"] == published["MessageId"]
    assert sent.headers["x-amz-sns-subscription-arn"] == arn
    body = sent.json
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body.pop("Timestamp"))
    unsubscribe = urllib.parse.urlsplit(body.pop("UnsubscribeURL"))
    assert urllib.parse.parse_qs(unsubscribe.query)["SubscriptionArn"] == [arn]
    assert body == {
        "Type": "Notification", "MessageId": published["MessageId"], "TopicArn": topic, "Subject": "Greetings",
        "Message": "Hello, Welt: ä",
        "MessageAttributes": {"bytes": {"Type": "Binary", "Value": "AAE="}, "colour": {"Type": "String", "Value": "red"}},
    }
    nothing_waits(server)


def test_a_raw_message_arrives_as_it_was_published(sns, topic, hook):
    arn = subscribe(sns, topic, hook, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message='{"default": "for all", "http": "for you"}', MessageStructure="json")
    (sent,) = hook.wait_for("Notification")
    assert (sent.body, sent.headers["x-amz-sns-rawdelivery"]) == ("for you", "true")
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="false")
    sns.publish(TopicArn=topic, Message='{"default": "for all", "sqs": "for others"}', MessageStructure="json")
    assert hook.wait_for("Notification", 2)[1].json["Message"] == "for all"


def test_links_name_the_public_url(new_server, hook):
    sns = new_server().start(*LOCAL, "--public-url", "https://sns.example.com/").client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=hook.url)
    asked = hook.wait_for("SubscriptionConfirmation")[0].json
    assert asked["SubscribeURL"].startswith("https://sns.example.com/?Action=ConfirmSubscription&TopicArn=")


def test_whoever_follows_the_link_gets_no_more(sns, topic, hook):
    subscribe(sns, topic, hook)
    sns.publish(TopicArn=topic, Message="one")
    link = hook.wait_for("Notification")[0].json["UnsubscribeURL"]
    assert visit(link) == 200
    assert visit(link) == 404
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsDeleted"] == "1"


def test_a_failed_delivery_is_tried_again(server, sns, topic, hook):
    subscribe(sns, topic, hook)
    hook.answers.extend([500, 429, 503])
    sns.publish(TopicArn=topic, Message="hello")
    assert hook.messages(4) == ["hello"] * 4
    assert len({sent.json["MessageId"] for sent in hook.of_type("Notification")}) == 1
    nothing_waits(server)


def test_what_is_given_up_is_kept_and_told(server, sns, topic, hook):
    subscribe(sns, topic, hook)
    hook.answers.extend([500] * 5)
    published = sns.publish(TopicArn=topic, Message="hello")
    (found,) = wait_until(lambda: [one for one in deliveries(server) if one["due"] is None], "it is given up")
    assert (found["messageId"], found["attempts"], found["error"]) == (
        published["MessageId"], 5, "it answered with status 500"
    )
    assert "hello" not in json.dumps(found)
    sns.publish(TopicArn=topic, Message="more")
    assert hook.messages(6)[5] == "more"


@pytest.mark.parametrize("status", [400, 403, 404, 301, 307])
def test_who_says_no_is_not_asked_again_and_redirects_nobody(server, sns, topic, hook, status):
    subscribe(sns, topic, hook)
    hook.answers.append(status)
    sns.publish(TopicArn=topic, Message="hello")
    (found,) = wait_until(lambda: deliveries(server) and [one for one in deliveries(server) if one["due"] is None], "given up")
    assert (found["attempts"], found["error"]) == (1, f"it answered with status {status}")
    assert [sent.path for sent in hook.of_type("Notification")] == ["/"]


def test_one_dead_endpoint_holds_up_nobody_else(sns, topic, hook):
    with webhook() as dead:
        subscribe(sns, topic, dead)
    subscribe(sns, topic, hook)
    for number in range(20):
        sns.publish(TopicArn=topic, Message=str(number))
    assert sorted(hook.messages(20), key=int) == [str(number) for number in range(20)]


def test_what_was_published_outlives_the_process(server, sns, topic, hook):
    """The subscriber is away while messages are published, and the process is killed before it comes back."""
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=retries(0, 60))
    subscribe(sns, topic, hook)
    nothing_waits(server)
    port = hook.port
    hook.close()
    published = {sns.publish(TopicArn=topic, Message=f"message {number}")["MessageId"] for number in range(25)}
    server.kill()
    with webhook(port) as back:
        server.start(*LOCAL)
        wait_until(
            lambda: {sent.json["MessageId"] for sent in back.of_type("Notification")} == published, "all have arrived"
        )
        nothing_waits(server)


def test_a_deleted_topic_s_messages_are_not_delivered(server, sns, topic, hook):
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=retries(0, 60))
    subscribe(sns, topic, hook)
    hook.answers.extend([500] * 3)
    sns.publish(TopicArn=topic, Message="hello")
    hook.wait_for("Notification")
    sns.delete_topic(TopicArn=topic)
    nothing_waits(server)


def test_another_account_subscribes_where_it_may(server, sns, topic, hook):
    account, administrator = server.member_account()
    theirs = server.client("sns", administrator)
    with refused("AuthorizationError"):
        theirs.subscribe(TopicArn=topic, Protocol="http", Endpoint=hook.url)
    them = statement("Allow", "SNS:Subscribe", topic, Principal={"AWS": account})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy(them))
    arn = subscribe(theirs, topic, hook)
    (listed,) = theirs.list_subscriptions()["Subscriptions"]
    assert (listed["SubscriptionArn"], listed["Owner"]) == (arn, account)
    assert sns.list_subscriptions()["Subscriptions"] == []
    sns.publish(TopicArn=topic, Message="hello")
    assert hook.messages(1) == ["hello"]
    theirs.unsubscribe(SubscriptionArn=arn)


# Electronic mail


def letters(directory) -> list:
    found = sorted(directory.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in found]


def test_people_are_written_to(new_server, tmp_path):
    mail = tmp_path / "mail"
    server = new_server().start("--mail-directory", str(mail), "--mail-from", "sns@example.com")
    sns = server.client("sns")
    topic = sns.create_topic(Name="alerts", Attributes={"DisplayName": "Löwe, der"})["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com")
    (asked,) = wait_until(lambda: letters(mail), "she is asked")
    assert (asked["To"], asked["Subject"]) == ("ann@example.com", "AWS Notification - Subscription Confirmation")
    (sender,) = asked["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Löwe, der", "sns@example.com")
    link = re.search(r"http://\S+", asked.get_content())[0]
    assert visit(link) == 200
    sns.publish(TopicArn=topic, Message="Grüße\n.\nline", Subject="News")
    sns.publish(TopicArn=topic, Message="plain")
    wait_until(lambda: len(letters(mail)) == 3, "she is written to")
    one, other = sorted(letters(mail)[1:], key=lambda letter: letter["Subject"] == "News", reverse=True)
    assert one["Subject"] == "News"
    assert one.get_content().splitlines()[:5] == ["Grüße", ".", "line", "", "--"]
    assert one.get_content().splitlines()[5].startswith("If you wish to stop receiving notifications")
    assert other["Subject"] == "AWS Notification Message"
    assert visit(re.search(r"http://\S+", other.get_content())[0]) == 200
    assert sns.list_subscriptions()["Subscriptions"] == []


class Relay(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as takes letters, and turns the first one away for now."""

    letters: list[tuple[list[str], str]] = []
    asked = 0

    def handle(self):
        self.reply("220 relay")
        envelope, data = [], []
        while line := self.rfile.readline().decode().strip():
            match line.split(" ")[0].upper():
                case "DATA":
                    Relay.asked += 1
                    self.reply("354 go on")
                    while (line := self.rfile.readline()) != b".\r\n":
                        data.append(line)
                    if Relay.asked == 1:
                        self.reply("451 later")
                    else:
                        Relay.letters.append((envelope, b"".join(data).decode()))
                        self.reply("250 taken")
                case "QUIT":
                    return self.reply("221 bye")
                case "MAIL" | "RCPT":
                    envelope.append(line)
                    self.reply("250 ok")
                case _:
                    self.reply("250 relay")

    def reply(self, line: str):
        self.wfile.write(f"{line}\r\n".encode())


def test_a_relay_takes_mail_and_is_asked_again(new_server):
    relay = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay)
    relay.daemon_threads = True
    threading.Thread(target=relay.serve_forever, daemon=True).start()
    server = new_server().start("--mail-relay", f"127.0.0.1:{relay.server_address[1]}", "--mail-from", "sns@example.com")
    sns = server.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com")
    ((envelope, letter),) = wait_until(lambda: Relay.letters, "the relay has it")
    assert Relay.asked == 2
    assert envelope == ["MAIL FROM:<sns@example.com>", "RCPT TO:<ann@example.com>"]
    assert "To: ann@example.com\r\n" in letter
    nothing_waits(server)
    relay.shutdown()
    relay.server_close()


def test_mail_goes_one_way_only(new_server, tmp_path):
    said = new_server().refuses_to_start("--mail-directory", str(tmp_path), "--mail-relay", "127.0.0.1:25")
    assert "a relay or into a directory: name one of them" in said
    assert "'nowhere' is not HOST:PORT" in new_server().refuses_to_start("--mail-relay", "nowhere")
