-- What readers want to tell the admins, by the form on every page of the viewer.
create table ops.feedback (
    feedback_id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    message text not null,
    page text,
    contact text,
    client inet,
    user_agent text,
    constraint feedback_message_is_short check (char_length(message) between 1 and 2000),
    constraint feedback_page_is_short check (char_length(page) <= 2000),
    constraint feedback_contact_is_short check (char_length(contact) <= 200)
);

-- Who sends too much is seen by the last hour of an address.
create index feedback_client_at_idx on ops.feedback (client, at);

comment on table ops.feedback is
'What readers wrote into the form of the viewer; written by ops.send_feedback only.';
comment on column ops.feedback.feedback_id is 'What the reader was told; in the order of writing.';
comment on column ops.feedback.page is 'Address of the page they were on, its filters included.';
comment on column ops.feedback.contact is 'How to answer, if they said so.';
comment on column ops.feedback.client is
'Address of who wrote, as the proxy on this machine says; null = unknown.';
comment on column ops.feedback.user_agent is 'What the browser calls itself; 200 characters.';
