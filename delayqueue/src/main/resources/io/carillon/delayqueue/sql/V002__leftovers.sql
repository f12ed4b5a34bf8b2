-- What a deleted group (its bit), or a deleted topic (-1), left in dq_message, until it is taken out there. Until then no
-- other group gets the bit.
CREATE TABLE dq_leftover (
  topic_id INT NOT NULL,
  bit TINYINT NOT NULL,
  since_ms BIGINT NOT NULL,
  PRIMARY KEY (topic_id, bit)
) ENGINE=InnoDB DEFAULT CHARSET=binary;
