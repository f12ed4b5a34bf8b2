-- ARGV: mode ('new': only what is due within the horizon; 'all'), then member, due, ...
-- Adds what is nowhere in this bucket yet: not waiting, not ready, not handed out. Returns how many.
local horizon = tonumber(redis.call('GET', P .. ':horizon') or '-1')
if ARGV[1] == 'all' then horizon = 9007199254740991 end
local added, first = 0, nil
for i = 2, #ARGV, 2 do
    local m, due = ARGV[i], tonumber(ARGV[i + 1])
    if due <= horizon and not redis.call('ZSCORE', DUE, m) then
        local topic, missing, partly = topicOf(m), {}, false
        for _, g in ipairs(groupsOf(topic)) do
            local bit = g[1]
            local own = m .. string.char(bit)
            if redis.call('ZSCORE', readyKey(topic, bit), m) or redis.call('ZSCORE', UNACKED, own)
                    or redis.call('ZSCORE', DUE, own) or redis.call('ZSCORE', DEAD, own) then
                partly = true
            elseif g[2] <= due then
                missing[#missing + 1] = bit
            end
        end
        if not partly and #missing > 0 then
            redis.call('ZADD', DUE, 'NX', ARGV[i + 1], m)
            added = added + 1
            if not first or due < first then first = due end
        elseif partly then
            -- Some groups have it, others lost it: these get it again, each by itself.
            for _, bit in ipairs(missing) do
                redis.call('ZADD', DUE, 'NX', ARGV[i + 1], m .. string.char(bit))
                added = added + 1
                if not first or due < first then first = due end
            end
        end
    end
end
if first then wakeFor(first) end
return added
