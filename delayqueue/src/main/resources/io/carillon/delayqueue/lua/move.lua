-- ARGV: lease, limit, 'wake' or '', 'audit' or ''. Moves what is due to the ready sets, and what was handed out and not
-- settled in time back there, or to the dead. Returns {moved, returned, dead, now, next, lateness sum,
-- how many were so late in each of 11 classes, topic, bit, count, ...}, or {-1} when the lease is another's: the check and the work are one step.
if redis.call('GET', P .. ':lease') ~= ARGV[1] then return {-1} end
local limit = tonumber(ARGV[2])
local ready, counts = {}, {}
local moved, returned, dead, lateSum = 0, 0, 0, 0
local bounds, late = {1, 5, 10, 25, 50, 100, 250, 1000, 5000, 60000}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
local function class(ms)
    for i, bound in ipairs(bounds) do
        if ms <= bound then return i end
    end
    return 11
end
-- from: which entry of which set it was, so that a test can see that none is moved twice.
local function put(topic, bit, m, due, from)
    local key = readyKey(topic, bit)
    local list = ready[key]
    if not list then
        list = {}
        ready[key] = list
        counts[#counts + 1] = {topic, bit, key}
    end
    list[#list + 1] = string.format('%d', score(m, due))
    list[#list + 1] = m
    if ARGV[4] == 'audit' then
        local entry = string.sub(m, 1, 8) .. string.char(bit) .. ARGV[1] .. ' ' .. from .. ' ' .. now
        redis.call('RPUSH', P .. ':audit', entry)
    end
end
local function isThere(topic, bit)
    for _, g in ipairs(groupsOf(topic)) do
        if g[1] == bit then return g end
    end
    return nil
end
local due = redis.call('ZRANGEBYSCORE', DUE, '-inf', now, 'WITHSCORES', 'LIMIT', 0, limit)
local gone = {}
for i = 1, #due, 2 do
    local m, at = due[i], tonumber(due[i + 1])
    local topic = topicOf(m)
    gone[#gone + 1] = m
    if #m == 17 then
        local bit = string.byte(m, 17)
        if isThere(topic, bit) then put(topic, bit, string.sub(m, 1, 16), at, 'again@' .. due[i + 1]) end
    else
        for _, g in ipairs(groupsOf(topic)) do
            if g[2] <= at then put(topic, g[1], m, at, 'due@' .. due[i + 1]) end
        end
    end
    moved = moved + 1
    local ms = now - at
    lateSum = lateSum + ms
    late[class(ms)] = late[class(ms)] + 1
end
if #gone > 0 then redis.call('ZREM', DUE, unpack(gone)) end
local expired = redis.call('ZRANGEBYSCORE', UNACKED, '-inf', now, 'LIMIT', 0, limit)
if #expired > 0 then
    for _, own in ipairs(expired) do
        local m, bit, topic = string.sub(own, 1, 16), string.byte(own, 17), topicOf(own)
        local g = isThere(topic, bit)
        if g then
            local tries = redis.call('HINCRBY', CNT, field(own, bit), 1)
            local max = string.byte(own, 14)
            if max == 0 then max = g[3] end
            if tries >= max then
                redis.call('ZADD', DEAD, tries, own)
                dead = dead + 1
            else
                local deadline = ARGV[4] == 'audit' and redis.call('ZSCORE', UNACKED, own) or ''
                put(topic, bit, m, now, 'out@' .. deadline)
                returned = returned + 1
            end
        else
            redis.call('HDEL', CNT, field(own, bit))
        end
    end
    redis.call('ZREM', UNACKED, unpack(expired))
end
for key, list in pairs(ready) do redis.call('ZADD', key, unpack(list)) end
local nextAt = 9007199254740991
for _, key in ipairs({DUE, UNACKED}) do
    local head = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    if head[2] and tonumber(head[2]) < nextAt then nextAt = tonumber(head[2]) end
end
if ARGV[3] == 'wake' then redis.call('SET', P .. ':wake', string.format('%.0f', nextAt), 'PX', 60000) end
local answer = {moved, returned, redis.call('ZCARD', DEAD), now, nextAt, lateSum}
for _, count in ipairs(late) do answer[#answer + 1] = count end
for _, c in ipairs(counts) do
    answer[#answer + 1] = c[1]
    answer[#answer + 1] = c[2]
    answer[#answer + 1] = #ready[c[3]] / 2
end
return answer
