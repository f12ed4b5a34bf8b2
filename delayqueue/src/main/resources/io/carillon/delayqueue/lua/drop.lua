-- ARGV: topic, bit or -1 for all. Forgets what a group, or a whole topic, has here. What still waits goes when it is due.
local topic, bit = tonumber(ARGV[1]), tonumber(ARGV[2])
for b = 0, 62 do
    if bit == b or bit == -1 then redis.call('DEL', readyKey(topic, b)) end
end
for _, key in ipairs({UNACKED, DEAD}) do
    for _, own in ipairs(redis.call('ZRANGE', key, 0, -1)) do
        if topicOf(own) == topic and (bit == -1 or string.byte(own, 17) == bit) then
            redis.call('ZREM', key, own)
            redis.call('HDEL', CNT, field(own, string.byte(own, 17)))
        end
    end
end
for _, own in ipairs(redis.call('ZRANGE', DUE, 0, -1)) do
    if #own == 17 and topicOf(own) == topic and (bit == -1 or string.byte(own, 17) == bit) then
        redis.call('ZREM', DUE, own)
    end
end
return 1
