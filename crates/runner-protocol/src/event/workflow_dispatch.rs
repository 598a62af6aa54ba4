//! `workflow_dispatch`: somebody pressed the button or called the API.
//!
//! Source: GitHub documentation, "Webhook events and payloads", `workflow_dispatch`. `inputs` is
//! null when the workflow declares none. Numbers and booleans arrive as text or as themselves,
//! depending on who called.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{NotAPayload, Payload};

/// The inputs of a dispatch, by name.
pub type Inputs = BTreeMap<String, String>;

/// A run that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowDispatch {
    /// The full ref that the run was asked for on; nothing where a runner that is not GitHub's leaves it
    /// out.
    pub ref_name: Option<String>,
    /// What was given, each as text.
    pub inputs: Inputs,
}

impl WorkflowDispatch {
    pub(crate) fn read(payload: &Payload) -> Result<Self, NotAPayload> {
        let inputs = match payload.at("inputs") {
            None => Inputs::new(),
            Some(Value::Object(map)) => {
                map.iter().map(|(name, value)| (name.clone(), as_text(value))).collect()
            }
            Some(
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_),
            ) => {
                return Err(payload.unexpected("inputs", "an object"));
            }
        };
        Ok(Self { ref_name: payload.maybe_text("ref")?.map(str::to_owned), inputs })
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::*;

    #[track_caller]
    fn inputs(inputs: &str) -> Result<Inputs, NotAPayload> {
        let payload = format!(r#"{{"ref": "refs/heads/main", "inputs": {inputs}}}"#);
        let Event::WorkflowDispatch(dispatch) =
            Event::read("workflow_dispatch", payload.as_bytes())?
        else {
            panic!("not a dispatch")
        };
        Ok(dispatch.inputs)
    }

    #[test]
    fn inputs_are_texts_however_they_were_sent() {
        let read = inputs(r#"{"a": "x", "b": true, "c": 3, "d": null}"#).unwrap();
        let wanted = [("a", "x"), ("b", "true"), ("c", "3"), ("d", "")];
        assert_eq!(read, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    }

    #[test]
    fn a_workflow_without_inputs_has_none() {
        assert_eq!(inputs("null"), Ok(Inputs::new()));
        assert!(inputs("[]").is_err());
        let of_act = WorkflowDispatch { ref_name: None, inputs: Inputs::new() };
        assert_eq!(Event::read("workflow_dispatch", b"{}"), Ok(Event::WorkflowDispatch(of_act)));
    }
}
