-- ARGV: member with bit, delivery, ms, attempts (0: nobody got it, so it does not count as one), deadline. Gives one back.
-- Returns {when it is due, is it dead}; {0, 0} when it is not the holder's any more.
local own = ARGV[1]
local bit, m = string.byte(own, 17), string.sub(own, 1, 16)
local out = redis.call('ZSCORE', UNACKED, own)
if not out then return {0, 0} end
local tries = tonumber(redis.call('HGET', CNT, field(own, bit)) or '0') + 1
if tries ~= tonumber(ARGV[2]) or tonumber(out) ~= tonumber(ARGV[5]) then return {0, 0} end
if ARGV[4] ~= '0' then
    redis.call('HSET', CNT, field(own, bit), tries)
    if tries >= tonumber(ARGV[4]) then
        redis.call('ZREM', UNACKED, own)
        redis.call('ZADD', DEAD, tries, own)
        return {now, 1}
    end
end
redis.call('ZREM', UNACKED, own)
local at = now + tonumber(ARGV[3])
if at > now then
    redis.call('ZADD', DUE, at, own)
    wakeFor(at)
else
    redis.call('ZADD', readyKey(topicOf(own), bit), score(m, now), m)
end
return {at, 0}
