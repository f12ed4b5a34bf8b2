-- ARGV: member with bit, delivery, ms, deadline as yet. Returns the new deadline; 0 when it is not the holder's any more.
local own = ARGV[1]
local out = redis.call('ZSCORE', UNACKED, own)
if not out or tonumber(out) ~= tonumber(ARGV[4]) then return 0 end
local tries = tonumber(redis.call('HGET', CNT, field(own, string.byte(own, 17))) or '0')
if tries + 1 ~= tonumber(ARGV[2]) then return 0 end
local deadline = now + tonumber(ARGV[3])
redis.call('ZADD', UNACKED, deadline, own)
wakeFor(deadline)
return deadline
