-- SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
-- Run by -c luafile: prints what is found, applies the fix of
-- the first finding, writes the file.

local function fail(what)
  io.stderr:write(what .. "\n")
  vim.cmd("cquit")
end

local function wait_for(count)
  if not vim.wait(60000, function()
    return #vim.diagnostic.get(0) == count
  end, 50) then
    fail("there are " .. #vim.diagnostic.get(0) .. " diagnostics, not " .. count)
  end
end

wait_for(2)
local found = vim.diagnostic.get(0)
table.sort(found, function(a, b) return a.lnum < b.lnum end)
for _, d in ipairs(found) do
  print(d.lnum + 1 .. ":" .. d.col + 1 .. ": " .. d.message)
end

vim.api.nvim_win_set_cursor(0, { found[1].lnum + 1, found[1].col })
local params = vim.lsp.util.make_range_params(0, "utf-16")
-- As the server has sent them: it compares.
params.context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics(0) }
local answers = vim.lsp.buf_request_sync(0, "textDocument/codeAction", params,
                                         60000)
local applied = 0
for id, answer in pairs(answers or {}) do
  for _, action in ipairs(answer.result or {}) do
    print("action: " .. action.title)
    if action.kind == "quickfix" and action.edit then
      vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
      applied = applied + 1
    end
  end
end
if applied ~= 1 then
  fail(applied .. " fixes applied")
end
wait_for(1)
vim.cmd("write")
vim.cmd("qall!")
