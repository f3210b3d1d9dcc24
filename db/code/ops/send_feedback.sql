create or replace function ops.send_feedback(
    message text,
    page text default null,
    contact text default null,
    client inet default null,
    user_agent text default null
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_message text := btrim(message, E' \t\r\n');
    v_hourly constant int := 20;
    v_id bigint;
begin
    if coalesce(v_message, '') = '' then
        raise exception 'the feedback is empty'
            using errcode = 'FM422', hint = 'Write what you would like to tell.';
    end if;
    if char_length(v_message) > 2000 then
        raise exception 'the feedback has % characters', char_length(v_message)
            using errcode = 'FM422', hint = 'Shorten it to 2000.';
    end if;
    if (
        select count(*) from ops.feedback as f
        where
            (f.client = send_feedback.client or (f.client is null and send_feedback.client is null))
            and f.at > now() - interval '1 hour'
    ) >= v_hourly then
        raise exception 'more than % messages within an hour', v_hourly
            using errcode = 'PT429', hint = 'Wait, or call an admin.';
    end if;
    insert into ops.feedback as f (message, page, contact, client, user_agent)
    values (
        v_message,
        left(nullif(btrim(page), ''), 2000),
        left(nullif(btrim(contact), ''), 200),
        send_feedback.client,
        left(nullif(user_agent, ''), 200)
    )
    returning f.feedback_id into v_id;
    return v_id;
end
$$;

comment on function ops.send_feedback(text, text, text, inet, text) is
'Keeps what a reader wrote, at most 20 messages an hour from one address, and returns its number.';
