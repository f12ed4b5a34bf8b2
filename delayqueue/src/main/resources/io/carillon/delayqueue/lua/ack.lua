-- ARGV: member with bit, ... Forgets them for their group, wherever they are: the truth says that they are done.
if redis.call('EXISTS', CNT) == 1 then
    local fields = {}
    for i, own in ipairs(ARGV) do fields[i] = field(own, string.byte(own, 17)) end
    redis.call('HDEL', CNT, unpack(fields))
end
local answer = redis.call('ZREM', UNACKED, unpack(ARGV))
if answer == #ARGV then return answer end
-- Some are elsewhere, or nowhere.
for _, own in ipairs(ARGV) do
    redis.call('ZREM', readyKey(topicOf(own), string.byte(own, 17)), string.sub(own, 1, 16))
end
redis.call('ZREM', DUE, unpack(ARGV))
redis.call('ZREM', DEAD, unpack(ARGV))
return answer
