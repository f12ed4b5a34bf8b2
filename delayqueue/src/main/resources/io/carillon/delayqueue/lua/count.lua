-- ARGV: topic, bits ... Returns {ready, handed out} for each; handed out is -1 where there are too many to look through.
local topic, answer = tonumber(ARGV[1]), {}
local out, many = {}, redis.call('ZCARD', UNACKED) > 10000
if not many then
    for _, own in ipairs(redis.call('ZRANGE', UNACKED, 0, -1)) do
        if topicOf(own) == topic then
            local bit = string.byte(own, 17)
            out[bit] = (out[bit] or 0) + 1
        end
    end
end
for i = 2, #ARGV do
    answer[#answer + 1] = redis.call('ZCARD', readyKey(topic, ARGV[i]))
    answer[#answer + 1] = many and -1 or (out[tonumber(ARGV[i])] or 0)
end
return answer
