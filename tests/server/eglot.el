;; Emacs' own client: opens a file, waits for the finding, asks for a hover, takes the ignore comment.
(require 'eglot)
(require 'json)

(defvar fg-result nil)
(defvar fg-python (getenv "FG_PYTHON"))
(defconst fg-longest 600 "Seconds to wait for anything, on a machine however busy.")

(defun fg-until (what)
  "Calls WHAT until it gives something."
  (let ((deadline (+ (float-time) fg-longest)) found)
    (while (and (not (setq found (funcall what))) (< (float-time) deadline))
      (accept-process-output nil 0.1))
    found))

(defun fg-note (name value) (push (cons name value) fg-result))

(defun fg-errors ()
  (seq-filter (lambda (each) (eq (flymake-diagnostic-type each) 'eglot-error)) (flymake-diagnostics)))

(setq eglot-confirm-server-initiated-edits nil
      eglot-sync-connect fg-longest
      jsonrpc-default-request-timeout fg-longest)

;; As docs/editors.md has it, with the interpreter of this test.
(add-to-list 'eglot-server-programs
             `((python-mode python-ts-mode) . (,fg-python "-m" "fullgraph_server" "--stdio"
                              :initializationOptions (:settings (:interpreter ,fg-python)))))

(find-file (getenv "FG_FILE"))
(python-mode)
(eglot-ensure)
(run-hooks 'post-command-hook)          ; nobody types in a batch, and `eglot-ensure' waits for that
(fg-until #'eglot-current-server)
(flymake-start)

(let ((found (car (fg-until #'fg-errors))))
  (when found
    (fg-note 'text (buffer-substring-no-properties (flymake-diagnostic-beg found) (flymake-diagnostic-end found)))
    (fg-note 'message (flymake-diagnostic-text found))))

(goto-char (point-min))
(search-forward "self.linear(")
(fg-note 'hover
         (fg-until (lambda ()
                        (let ((hover (jsonrpc-request (eglot--current-server-or-lose) :textDocument/hover
                                                      (eglot--TextDocumentPositionParams))))
                          (plist-get (plist-get hover :contents) :value)))))

(goto-char (point-min))
(search-forward "y.sum()")
(let* ((actions (eglot-code-actions (point) (point)))
       (ignore (seq-find (lambda (each) (string-prefix-p "Suppress data-dependent-branch" (plist-get each :title)))
                         actions)))
  (fg-note 'actions (vconcat (mapcar (lambda (each) (plist-get each :title)) actions)))
  (when ignore
    (eglot--apply-workspace-edit (plist-get ignore :edit))))
(fg-note 'line (buffer-substring-no-properties (line-beginning-position) (line-end-position)))
(eglot--signal-textDocument/didChange)   ; it waits for Emacs to be idle, which a batch never is
(fg-note 'gone (if (fg-until (lambda () (null (fg-errors)))) t :json-false))
(write-region (json-encode fg-result) nil (getenv "FG_OUT"))
(set-buffer-modified-p nil)
(eglot-shutdown (eglot-current-server))
