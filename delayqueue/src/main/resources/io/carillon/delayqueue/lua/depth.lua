-- ARGV: topic, bit, topic, bit ... Returns how many messages are ready for each.
local answer = {}
for i = 1, #ARGV, 2 do answer[#answer + 1] = redis.call('ZCARD', readyKey(ARGV[i], ARGV[i + 1])) end
return answer
