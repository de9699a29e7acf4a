-- Neovim's own client: opens a file, waits for the finding, asks for a hover, takes the ignore comment.
local file, python, out = vim.env.FG_FILE, vim.env.FG_PYTHON, vim.env.FG_OUT
local result = {}
local longest = 600000 -- milliseconds to wait for anything, on a machine however busy

local function save()
  vim.fn.writefile({ vim.json.encode(result) }, out)
end

vim.lsp.config("fullgraph", {
  cmd = { python, "-m", "fullgraph_server", "--stdio" },
  filetypes = { "python" },
  root_dir = vim.fn.fnamemodify(file, ":h"),
  init_options = { settings = { interpreter = python } },
})
vim.lsp.enable("fullgraph")
vim.cmd.edit(file)
vim.bo.filetype = "python"

local function errors()
  return vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR })
end

result.waited = vim.wait(longest, function() return #errors() > 0 end, 50)
local found = errors()[1]
if found then
  result.diagnostic = { lnum = found.lnum, col = found.col, end_col = found.end_col, code = found.code }
end

local client = vim.lsp.get_clients({ name = "fullgraph" })[1]
local document = { uri = vim.uri_from_bufnr(0) }

local function ask(method, params)
  local answer = client and client:request_sync(method, params, longest, 0)
  return answer and answer.result
end

vim.wait(longest, function()
  local hover = ask("textDocument/hover", { textDocument = document, position = { line = 11, character = 24 } })
  result.hover = hover and hover.contents and hover.contents.value
  return result.hover ~= nil
end, 200)

vim.lsp.inlay_hint.enable(true)
vim.wait(longest, function() return #vim.lsp.inlay_hint.get({ bufnr = 0 }) > 0 end, 100)
result.hints = #vim.lsp.inlay_hint.get({ bufnr = 0 })

vim.api.nvim_win_set_cursor(0, { 13, 12 })
vim.lsp.buf.code_action({
  apply = true,
  filter = function(action) return action.title:find("Suppress data%-dependent%-branch") ~= nil end,
})
result.applied = vim.wait(longest, function()
  return vim.api.nvim_buf_get_lines(0, 12, 13, false)[1]:find("fullgraph: ignore") ~= nil
end, 50)
result.line = vim.api.nvim_buf_get_lines(0, 12, 13, false)[1]
result.gone = vim.wait(longest, function() return #errors() == 0 end, 50)
save()
