-- ARGV: member with bit, ... Where each is: {0 not here, 1 waits, 2 ready, 3 handed out, 4 dying; deliveries that failed}.
local answer = {}
for i = 1, #ARGV do
    local own = ARGV[i]
    local bit, m, is = string.byte(own, 17), string.sub(own, 1, 16), 0
    if redis.call('ZSCORE', UNACKED, own) then is = 3
    elseif redis.call('ZSCORE', readyKey(topicOf(own), bit), m) then is = 2
    elseif redis.call('ZSCORE', DUE, own) or redis.call('ZSCORE', DUE, m) then is = 1
    elseif redis.call('ZSCORE', DEAD, own) then is = 4 end
    answer[#answer + 1] = is
    answer[#answer + 1] = tonumber(redis.call('HGET', CNT, field(own, bit)) or '0')
end
return answer
