-- The truth of the delay queue. Statements are divided by a semicolon at the end of a line.

-- A message. state: 0 waits or is being consumed, 2 every group is done with it, 3 cancelled, 4 done, and dead for a
-- group, 5 its time to live was over, 6 its topic was deleted.
-- id: 14 bits day to be dropped (since 2025), 5 bits bucket, 44 bits serial. done: a bit for each group that is done.
-- tail: what the ordered sets hold beside the id. Partitions are made and dropped day by day.
CREATE TABLE dq_message (
  id BIGINT NOT NULL,
  pday SMALLINT UNSIGNED NOT NULL,
  topic_id INT NOT NULL,
  state TINYINT NOT NULL DEFAULT 0,
  done BIGINT NOT NULL DEFAULT 0,
  due_ms BIGINT NOT NULL,
  sent_ms BIGINT NOT NULL,
  expire_ms BIGINT NOT NULL,
  tail BINARY(8) NOT NULL,
  props VARBINARY(40000) NOT NULL,
  body MEDIUMBLOB NOT NULL,
  PRIMARY KEY (id, pday),
  KEY k_due (state, due_ms, tail)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=binary
PARTITION BY RANGE (pday) (PARTITION pmax VALUES LESS THAN MAXVALUE);

-- Idempotency keys: whoever inserts the row first has sent the message.
CREATE TABLE dq_key (
  topic_id INT NOT NULL,
  idem_key VARBINARY(255) NOT NULL,
  id BIGINT NOT NULL,
  due_ms BIGINT NOT NULL,
  expire_ms BIGINT NOT NULL,
  PRIMARY KEY (topic_id, idem_key),
  KEY k_expire (expire_ms)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

-- Messages with a key, to be found by it.
CREATE TABLE dq_named (
  topic_id INT NOT NULL,
  msg_key VARBINARY(255) NOT NULL,
  id BIGINT NOT NULL,
  pday SMALLINT UNSIGNED NOT NULL,
  PRIMARY KEY (topic_id, msg_key, id),
  KEY k_pday (pday)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

-- Dead letters: what a group failed to consume as often as may be. The body stays with the message.
CREATE TABLE dq_dead (
  topic_id INT NOT NULL,
  bit TINYINT NOT NULL,
  id BIGINT NOT NULL,
  pday SMALLINT UNSIGNED NOT NULL,
  dead_ms BIGINT NOT NULL,
  attempts INT NOT NULL,
  PRIMARY KEY (topic_id, bit, id),
  KEY k_dead (topic_id, bit, dead_ms, id),
  KEY k_pday (pday)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

CREATE TABLE dq_topic (
  topic_id INT NOT NULL AUTO_INCREMENT,
  name VARBINARY(255) NOT NULL,
  partitions INT NOT NULL DEFAULT 0,
  paused TINYINT NOT NULL DEFAULT 0,
  PRIMARY KEY (topic_id),
  UNIQUE KEY k_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

-- Groups: which bit of dq_message.done is theirs, and from which due time on messages are for them.
CREATE TABLE dq_group (
  topic_id INT NOT NULL,
  bit TINYINT NOT NULL,
  mask BIGINT NOT NULL,
  name VARBINARY(255) NOT NULL,
  from_ms BIGINT NOT NULL,
  paused TINYINT NOT NULL DEFAULT 0,
  visibility_ms BIGINT NOT NULL DEFAULT 0,
  retry VARBINARY(64) NOT NULL DEFAULT '',
  PRIMARY KEY (topic_id, bit),
  UNIQUE KEY k_name (topic_id, name)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

-- Numbers that only rise: 'serial' (blocks of message serials), 'version' (of topics and groups), 'epoch' (of leases).
CREATE TABLE dq_number (
  name VARBINARY(32) NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

INSERT INTO dq_number (name, value) VALUES ('serial', 0), ('version', 0), ('epoch', 0);

-- What all nodes share and nobody else may know.
CREATE TABLE dq_secret (
  name VARBINARY(32) NOT NULL,
  value VARBINARY(64) NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=binary;
