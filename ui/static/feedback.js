// The form by which readers tell the admins something; the one thing the viewer writes.
import { config, make, t, toast } from "fmw";

let dialog;

/** Open the form; what was written and not sent is still there. */
export function open() {
  dialog ??= build();
  dialog.showModal();
}

function build() {
  const box = make("dialog", { className: "fm-dialog" });
  const title = make("h2", { textContent: t("feedback.title"), id: "fm-feedback-title" });
  box.setAttribute("aria-labelledby", title.id);
  const form = make("form", { className: "fm-form" });
  const message = labelled(make("textarea", { required: true, maxLength: 2000, rows: 5 }), "feedback.message");
  const contact = labelled(make("input", { maxLength: 200, autocomplete: "off" }), "feedback.contact");
  const problem = make("p", { className: "fm-problem" });
  problem.setAttribute("role", "alert");
  const cancel = make("button", { type: "button", className: "fm-button", textContent: t("feedback.cancel") });
  const send = make("button", { className: "fm-button fm-primary", textContent: t("feedback.send") });
  const buttons = make("p", { className: "fm-row fm-right" });
  buttons.append(cancel, send);
  form.append(title, message, contact, make("p", { className: "fm-note", textContent: t("feedback.page") }), problem, buttons);
  cancel.addEventListener("click", () => box.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    problem.textContent = await sent(form);
    send.disabled = false;
    if (problem.textContent) return;
    form.reset();
    box.close();
    toast(t("feedback.sent"));
  });
  box.append(form);
  document.body.append(box);
  return box;
}

/** Send it; what went wrong, or "". */
async function sent(form) {
  const [message, contact] = ["textarea", "input"].map((name) => form.querySelector(name).value);
  const page = location.pathname.slice(config.base.length) + location.search;
  const answer = await fetch(`${config.api}/rpc/send_feedback`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ message, contact, page }),
  }).catch(() => null);
  if (answer?.ok) return "";
  return t(answer?.status === 429 ? "feedback.too_many" : answer?.status === 400 ? "feedback.empty" : "feedback.failed");
}

function labelled(field, key) {
  const label = make("label", { textContent: t(key) });
  field.className = "fm-input";
  label.append(field);
  return label;
}
