-- ARGV: member with bit, delivery, ... Who has it? 1: the holder of this receipt. 2: another, or nobody, for it is ready
-- again or waits for another try. 0: it is not here.
local answer = {}
for i = 1, #ARGV, 2 do
    local own, delivery = ARGV[i], tonumber(ARGV[i + 1])
    local bit, m = string.byte(own, 17), string.sub(ARGV[i], 1, 16)
    local is = 0
    if redis.call('ZSCORE', UNACKED, own) then
        local tries = tonumber(redis.call('HGET', CNT, field(own, bit)) or '0')
        if tries + 1 == delivery then is = 1 else is = 2 end
    elseif redis.call('ZSCORE', readyKey(topicOf(own), bit), m) or redis.call('ZSCORE', DUE, own)
            or redis.call('ZSCORE', DEAD, own) then
        is = 2
    end
    answer[#answer + 1] = is
end
return answer
