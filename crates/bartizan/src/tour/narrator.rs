//! The narrator: sends what the story says, insists on what is to come of it, and writes it down.

use std::{thread, time::Duration};

use serde_json::json;

use super::{
    client::{Answer, Call, Caller, Client, Refusal},
    page::Page,
};
use crate::Failure;

/// How often the making of an account is asked about, and how often at most.
const PAUSE: Duration = Duration::from_millis(10);
const PATIENCE: usize = 200;

/// Tells the story to a page by way of a client.
pub struct Narrator {
    pub client: Client,
    pub page: Page,
    refusals: usize,
}

/// The denial that is to come.
pub struct Denial<'a> {
    /// The action that is denied: the one called for, or one that the call needs besides.
    pub action: &'a str,
    /// The ARN that it is denied on, or `*`.
    pub resource: &'a str,
    /// The kind of policy that does not allow it, as AWS calls it in the sentence.
    pub no: &'a str,
}

impl Narrator {
    /// A narrator who has told nothing yet.
    pub const fn new(client: Client, page: Page) -> Self {
        Self { client, page, refusals: 0 }
    }

    /// How many requests have been refused.
    pub const fn refusals(&self) -> usize {
        self.refusals
    }

    /// Sends a call that must be allowed.
    pub fn allowed(&mut self, caller: &Caller, call: &Call) -> Result<Answer, Failure> {
        let answer = self.client.send(caller, call)?;
        if let Some(Refusal { code, message }) = answer.refusal() {
            let what = format!("it was to be allowed, and was refused: {code}: {message}");
            return Err(self.astray(caller, call, &what));
        }
        self.page.allowed(caller, call)?;
        Ok(answer)
    }

    /// Sends a call that must be denied, in exactly AWS's words.
    pub fn denied(&mut self, caller: &Caller, call: &Call, denial: &Denial<'_>) -> Result<Answer, Failure> {
        let answer = self.client.send(caller, call)?;
        let Denial { action, resource, no } = denial;
        let expected = format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} because no {no} allows the {action} \
             action",
            caller.arn
        );
        let Some(Refusal { code, message }) = answer.refusal() else {
            return Err(self.astray(caller, call, "it was to be denied, and was allowed"));
        };
        if !matches!(&*code, "AccessDenied" | "AccessDeniedException") || message != expected {
            let what = format!("it was to be denied: {expected}\nand the answer was {code}: {message}");
            return Err(self.astray(caller, call, &what));
        }
        self.refusals += 1;
        self.page.denied(caller, call, &message)?;
        Ok(answer)
    }

    /// Makes a user, and the key with which the user will ask.
    pub fn user(&mut self, by: &Caller, name: &str) -> Result<Caller, Failure> {
        let user = self.allowed(by, &Call::iam("CreateUser", name, &[("UserName", name)]))?;
        let key = self.allowed(by, &Call::iam("CreateAccessKey", name, &[("UserName", name)]))?;
        Ok(Caller {
            name: name.to_owned(),
            arn: user.text("Arn")?,
            access_key_id: key.text("AccessKeyId")?,
            secret_access_key: key.text("SecretAccessKey")?,
            session_token: None,
        })
    }

    /// Gives a user an inline policy.
    pub fn user_policy(&mut self, by: &Caller, user: &str, policy: &str, document: &str) -> Result<(), Failure> {
        let parameters = [("UserName", user), ("PolicyName", policy), ("PolicyDocument", document)];
        self.allowed(by, &Call::iam("PutUserPolicy", &format!("{policy} of {user}"), &parameters)).map(drop)
    }

    /// Makes a role with an inline policy, and gives its ARN.
    pub fn role(
        &mut self,
        by: &Caller,
        name: &str,
        trust_policy: &str,
        policy: Option<(&str, &str)>,
    ) -> Result<String, Failure> {
        let parameters = [("RoleName", name), ("AssumeRolePolicyDocument", trust_policy)];
        let role = self.allowed(by, &Call::iam("CreateRole", name, &parameters))?;
        if let Some((policy, document)) = policy {
            let parameters = [("RoleName", name), ("PolicyName", policy), ("PolicyDocument", document)];
            self.allowed(by, &Call::iam("PutRolePolicy", &format!("{policy} of {name}"), &parameters))?;
        }
        role.text("Arn")
    }

    /// Lets someone assume a role, and gives who that makes of the caller: of the role's name, in the tour.
    pub fn assume(&mut self, by: &Caller, name: &str, call: &Call) -> Result<Caller, Failure> {
        let answer = self.allowed(by, call)?;
        Ok(Caller {
            name: name.to_owned(),
            arn: answer.text("Arn")?,
            access_key_id: answer.text("AccessKeyId")?,
            secret_access_key: answer.text("SecretAccessKey")?,
            session_token: Some(answer.text("SessionToken")?),
        })
    }

    /// Makes an account of the organization, and gives its id.
    pub fn account(&mut self, by: &Caller, name: &str) -> Result<String, Failure> {
        let input = json!({ "AccountName": name, "Email": format!("{name}@example.com") });
        let call = Call::organizations("CreateAccount", name, &input);
        let mut answer = self.allowed(by, &call)?;
        let request = json!({ "CreateAccountRequestId": answer.text("Id")? });
        let status = Call::organizations("DescribeCreateAccountStatus", name, &request);
        for _ in 0..PATIENCE {
            match &*answer.text("State")? {
                "SUCCEEDED" => return answer.text("AccountId"),
                "IN_PROGRESS" => thread::sleep(PAUSE),
                state => return Err(self.astray(by, &call, &format!("the account's making ended in state {state}"))),
            }
            answer = self.allowed(by, &status)?;
        }
        Err(self.astray(by, &call, "the account is still being made"))
    }

    /// What the tour fails with: where it was, who asked for what, and what is wrong.
    fn astray(&self, caller: &Caller, call: &Call, what: &str) -> Failure {
        format!(
            "the tour went astray in chapter {}: {} asked for {} ({}): {what}",
            self.page.chapter_number(),
            caller.name,
            call.action,
            call.on
        )
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tour::server::Server;

    /// What is not as the story says is an error, whichever way it is not.
    #[test]
    fn an_outcome_that_is_not_the_storys_ends_the_tour() {
        let (server, key) = Server::open("123456789012".parse().unwrap()).unwrap();
        let root = Caller {
            name: "root".to_owned(),
            arn: "arn:aws:iam::123456789012:root".to_owned(),
            access_key_id: key.access_key_id,
            secret_access_key: key.secret.expose().to_owned(),
            session_token: None,
        };
        let mut narrator = Narrator::new(Client::new(server.address()), Page::new());
        let user = narrator.user(&root, "mateojackson").unwrap();
        let users = "arn:aws:iam::123456789012:user/";
        let list_users = Call::iam("ListUsers", "", &[]);
        let denial = |no| Denial { action: "iam:ListUsers", resource: users, no };
        let astray =
            |outcome: Result<Answer, Failure>| outcome.err().map(|error| error.to_string()).unwrap_or_default();

        assert!(astray(narrator.allowed(&user, &list_users)).contains("was refused: AccessDenied"));
        assert!(astray(narrator.denied(&root, &list_users, &denial("identity-based policy"))).contains("was allowed"));
        assert!(astray(narrator.denied(&user, &list_users, &denial("session policy"))).contains("was to be denied"));
        let wrong = Caller { secret_access_key: "wrong".to_owned(), ..user };
        let outcome = narrator.denied(&wrong, &list_users, &denial("identity-based policy"));
        assert!(astray(outcome).contains("SignatureDoesNotMatch"));
        assert_eq!(narrator.refusals(), 0);
        server.close().unwrap().remove().unwrap();
    }
}
