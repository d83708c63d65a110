-- SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
-- thread-stop-clangd in Neovim 0.7 or later, without any plugin. With 0.8 and
-- later vim.lsp.start does it in one call, see docs/editors.md.

vim.o.swapfile = false
vim.o.signcolumn = "yes"
vim.api.nvim_create_autocmd("FileType", {
  pattern = { "c", "cpp" },
  callback = function(args)
    local id = vim.lsp.start_client({
      name = "thread-stop-clangd",
      cmd = { vim.env.THREAD_STOP_CLANGD, "--log=error",
              "--background-index=0" },
      root_dir = vim.fn.getcwd(),
    })
    vim.lsp.buf_attach_client(args.buf, id)
  end,
})
vim.keymap.set("n", "gl", vim.diagnostic.open_float)
vim.keymap.set("n", "ga", vim.lsp.buf.code_action)
