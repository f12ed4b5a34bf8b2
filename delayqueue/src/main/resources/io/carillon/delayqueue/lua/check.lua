-- ARGV: member with bit, delivery, deadline, ... Who has it? 1: the holder of this receipt. 2: another, or nobody, for it is ready
-- again or waits for another try. 0: it is not here.
local owns, fields, answer = {}, {}, {}
for i = 1, #ARGV, 3 do
    local own = ARGV[i]
    owns[#owns + 1] = own
    fields[#fields + 1] = field(own, string.byte(own, 17))
end
local out = redis.call('ZMSCORE', UNACKED, unpack(owns))
local tries = failures(fields)
for i, own in ipairs(owns) do
    local is = 0
    if out[i] then
        local isThis = (tries[i] or 0) + 1 == tonumber(ARGV[3 * i - 1]) and tonumber(out[i]) == tonumber(ARGV[3 * i])
        is = isThis and 1 or 2
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
