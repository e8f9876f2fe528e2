<?php
// WordPress as Debian packs it, with a database, an address and a folder of its own.
$table_prefix = 'wp_';
define('ABSPATH', '/usr/share/wordpress/');
define('DB_HOST', 'localhost:' . getenv('SOCKET'));
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_CHARSET', 'utf8mb4');
define('WP_HOME', getenv('SITE'));
define('WP_SITEURL', getenv('SITE'));
define('WP_CONTENT_DIR', getenv('CONTENT'));
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
