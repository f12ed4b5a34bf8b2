-- The messages of a topic by due time, for lists. Whether they are finished is not in it, so it is written once, when a
-- message is sent. Both indexes hold ids anyway; a list is read along one only if that is said.
ALTER TABLE dq_message
  ADD KEY k_topic (topic_id, due_ms, id),
  DROP KEY k_due,
  ADD KEY k_due (state, due_ms, tail, id);
