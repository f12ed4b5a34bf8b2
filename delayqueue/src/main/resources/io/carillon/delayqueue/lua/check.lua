-- ARGV: member with bit, delivery, ... Who has it? 1: the holder of this receipt. 2: another, or nobody, for it is ready
-- again or waits for another try. 0: it is not here.
local owns, fields, answer = {}, {}, {}
for i = 1, #ARGV, 2 do
    local own = ARGV[i]
    owns[#owns + 1] = own
    fields[#fields + 1] = field(own, string.byte(own, 17))
end
local out = redis.call('ZMSCORE', UNACKED, unpack(owns))
local tries = failures(fields)
for i, own in ipairs(owns) do
    local is = 0
    if out[i] then
        if (tries[i] or 0) + 1 == tonumber(ARGV[2 * i]) then is = 1 else is = 2 end
    else
        local bit, m = string.byte(own, 17), string.sub(own, 1, 16)
        if redis.call('ZSCORE', readyKey(topicOf(own), bit), m) or redis.call('ZSCORE', DUE, own)
                or redis.call('ZSCORE', DEAD, own) then
            is = 2
        end
    end
    answer[i] = is
end
return answer
