-- ARGV: member with bit, ... Forgets them for their group, wherever they are: the truth says that they are done.
local answer = 0
for i = 1, #ARGV do
    local own = ARGV[i]
    local bit = string.byte(own, 17)
    if redis.call('ZREM', UNACKED, own) == 1 then
        answer = answer + 1
    else
        redis.call('ZREM', readyKey(topicOf(own), bit), string.sub(own, 1, 16))
        redis.call('ZREM', DUE, own)
        redis.call('ZREM', DEAD, own)
    end
    redis.call('HDEL', CNT, field(own, bit))
end
return answer
